"""The work for one request: noted by the thread that does it, from its beginning to its end, and by no other."""

from concurrent.futures import ThreadPoolExecutor

from sandbox.server.work import MOST_ROWS, begin, end, under_way


def test_outside_a_request_no_work_is_under_way():
    assert under_way() is None
    work = begin()
    assert under_way() is work
    end()
    assert under_way() is None


def test_the_work_of_one_thread_is_not_anothers():
    begin()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(under_way).result() is None
    end()


def test_each_request_begins_with_nothing_done():
    begin().ran("SELECT 1", writes=False)
    begin()
    assert (under_way().statements, under_way().asked) == ([], [])
    end()


def test_what_came_of_a_statement_is_noted_with_it():
    work = begin()
    work.ran("UPDATE a", writes=True)
    work.ran("SELECT a", writes=False)
    work.found(["a"], [(1,), (2,)])
    work.ran("DELETE a", writes=True)
    work.changed(4)
    end()
    assert work.statements == [
        ["UPDATE a", 0, 0, (), ()],
        ["SELECT a", None, 2, ["a"], [(1,), (2,)]],
        ["DELETE a", 4, 0, (), ()],
    ]


def test_of_many_rows_the_first_are_kept_and_all_are_counted():
    work = begin()
    work.ran("SELECT a", writes=False)
    work.found(["a"], [(number,) for number in range(MOST_ROWS + 5)])
    end()
    [[_, _, found, _, rows]] = work.statements
    assert (found, rows) == (MOST_ROWS + 5, [(number,) for number in range(MOST_ROWS)])
