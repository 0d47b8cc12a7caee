from playbook_cast import LIST_ID

from handlers.context import context_of


def test_a_context_finds_lists_people_and_our_own_users(desk):
    context = context_of(desk.config, desk.context.instance)
    assert list(context.lists) == [LIST_ID]
    assert context.namespace.bot_id == "@seconded:hs.test"
    assert context.namespace.owns_user("@list_abc:hs.test")
    assert context.roster is desk.config.people
