from tests.faults.listing import PAGE, marked, page


def test_the_page_of_faults_is_in_step_with_the_tests() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.faults.listing"


def test_every_mark_names_a_known_case() -> None:
    assert set(marked()) <= set(range(1, 75))
