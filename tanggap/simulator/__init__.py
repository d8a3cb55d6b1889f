"""A simulated city: the citizens of the fictional Kota Tirtakencana (99.71) talk to their government.

It stands alone: it imports nothing else of the product and reaches it over HTTP only, as citizens and platforms would.

    python -m tanggap.simulator mastodon --port 3010 --folder data/mastodon      a Mastodon server with 200 citizens
    python -m tanggap.simulator platforms --port 3020 --hooks http://127.0.0.1:8000/hooks
                                                                all simulated platforms; a page for people at each
    python -m tanggap.simulator --mastodon http://127.0.0.1:3010 --town http://127.0.0.1:3020 \\
        --seed 7 --posts 300 --rate 60 --truth truth.ndjson                      a day of the city in five minutes
    python -m tanggap.simulator --hooks http://127.0.0.1:8000/hooks/KEY --secret whsec_... --posts 300
                                                                the same as contract lines to one signed webhook
    python -m tanggap.simulator verdict --truth truth.ndjson --mastodon http://127.0.0.1:3010
    python -m tanggap.simulator generate --posts 50000 --seed 7 > posts.ndjson   contract lines in bulk, no server

Where things are:

    phrasings/       hand-written sentences over the 43 topics with their truth, and the roles of a conversation
    places.json      wards, streets and landmarks; the same names as the government file of the city
    phrasing.py      reads them        city.py   wards and citizens with habits        personal.py   made-up identifiers
    choosing.py      who would say what            voice.py   a sentence in a person's manner, with offsets of its truth
    day.py           a day by seed: posts, replies, edits, deletions, repeated deliveries, an incident and what the
                     newspaper writes of it, a campaign, a little spam
    lines.py         contract lines as each platform would tell them                 generate.py   many of them at once
    mastodon.py      citizens on a Mastodon server            webhook.py   signed deliveries, repeated until answered
    run.py           decides when something is said          routes/    says it: Mastodon, the platforms, the webhook
    truth.py         what was really sent             verdict.py, town_verdict.py   what was answered, lost, doubled
    mock_mastodon.py the server itself, as a child process
    platforms/       one file each; base.py, serving.py (the town), keeping.py (bounded, over restarts), wall.py

New phrasing: add a line to a file in phrasings/. New habit of speech: habits.toml. The same seed gives the same day;
external ids also carry the number of the run, so that a second run adds new posts.

On simulated platforms a citizen speaks through the platform's own interface and deliveries, so that everything passes
the real connectors. Nobody in the city exists; identity and phone numbers are valid in form and assigned to no one.
"""
