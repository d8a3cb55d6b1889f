"""Who agrees before something leaves: routes, decisions, deputies, outside approvers."""
