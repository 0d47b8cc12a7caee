from bridge.store import answers


async def test_a_command_has_no_answer_until_one_is_left(store):
    assert await store.read(lambda conn: answers.answer_to(conn, "command:1")) is None


async def test_a_command_run_twice_keeps_its_first_answer(store):
    for is_done, text in ((False, "Which list? Say --list."), (True, "Done.")):
        await store.write(
            lambda tx, d=is_done, t=text: answers.record_answer(tx, "command:1", is_done=d, text=t)
        )
    answer = await store.read(lambda conn: answers.answer_to(conn, "command:1"))
    assert answer == (False, "Which list? Say --list.")
