"""The pages as people meet them: in a browser, wide and narrow, light and dark, and by axe."""

from __future__ import annotations

from itertools import pairwise

import pytest
from browsing import chromium, needs_browser, served, watched
from web.page_samples import write_samples

pytestmark = needs_browser
NARROW = 390
VIEWS = [(1280, "light"), (1280, "dark"), (NARROW, "light"), (NARROW, "dark")]
GRAVE = {"serious", "critical"}
LOOKED_AT = {"exclude": [["tbody tr:nth-child(n + 30)"]]}
"""What axe looks at; row 31 of a table is like row 30, and it looks at colours slowly."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The samples' addresses by name, and the server's own."""
    folder = tmp_path_factory.mktemp("pages")
    paths = write_samples(folder)
    with served(folder) as home:
        yield home, {name: home + path for name, path in paths.items()}


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


def axe_findings(page):
    """Return the grave findings of axe, each with the first place it was seen at."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - it may be missing

    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in Axe().run(page, context=LOOKED_AT).response["violations"]
        if one["impact"] in GRAVE
    ]


def wrong_headings(page):
    """Return where the order of headings is not that of a table of contents."""
    levels = page.evaluate(
        "Array.from(document.querySelectorAll('h1,h2,h3,h4,h5,h6'), h => +h.tagName[1])"
    )
    jumps = [f"h{a} to h{b}" for a, b in pairwise(levels) if b > a + 1]
    return jumps if levels[:1] == [1] and levels.count(1) == 1 else [*jumps, f"h1 in {levels}"]


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_no_page_has_a_grave_finding_a_script_or_a_request_elsewhere(browser, pages, width, scheme):
    home, addresses = pages
    found = {}
    view = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with watched(browser, home, **view) as (page, seen):
        for name, address in addresses.items():
            page.goto(address)
            found[name] = [
                *wrong_headings(page),
                *(["a script"] if page.locator("script").count() else []),
                *(
                    ["wider than the screen"]
                    if page.evaluate("document.documentElement.scrollWidth > innerWidth")
                    else []
                ),
                *axe_findings(page),
            ]
        assert {name: wrong for name, wrong in found.items() if wrong} == {}
        assert seen.is_nothing
        assert seen.said == []


def test_every_link_leads_somewhere(browser, pages):
    home, addresses = pages
    with watched(browser, home) as (page, _):
        links = set()
        for address in addresses.values():
            page.goto(address)
            links |= set(page.evaluate("Array.from(document.links, one => one.href)"))
            lost = page.evaluate(
                "Array.from(document.links, one => one.hash.slice(1))"
                ".filter(one => one && !document.getElementById(one) && one != 'log')"
            )
            assert lost == []
        answers = {link: page.request.get(link.partition("#")[0]).status for link in links}
    assert {link: status for link, status in answers.items() if status != 200} == {}
    assert len(answers) > 100


def test_on_a_phone_tables_are_still_tables_to_a_screen_reader(browser, pages):
    home, addresses = pages
    with watched(browser, home, viewport={"width": NARROW, "height": 900}) as (page, _):
        page.goto(addresses["rough-announced"])
        tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
        roles = [node.get("role", {}).get("value") for node in tree["nodes"]]
    assert roles.count("table") == 3
    assert roles.count("columnheader") == 2 + 3 + 6
    # Each row of the count, of the roll and of the log has its heading.
    assert roles.count("rowheader") == 7 + 13 + 17


def test_the_keyboard_comes_to_the_count_first_and_sees_where_it_is(browser, pages):
    home, addresses = pages
    with watched(browser, home) as (page, _):
        page.goto(addresses["blocked"])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "Skip to the count"
        assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "count"


def test_on_paper_it_is_black_on_white_and_has_no_links_to_press(browser, pages):
    home, addresses = pages
    with watched(browser, home, color_scheme="dark") as (page, _):
        page.goto(addresses["long-log"])
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert page.locator("nav:visible").count() == 0


def test_a_page_that_is_wrong_is_found(browser, pages):
    home, _ = pages
    wrong = "<h1>a</h1><h3>b</h3><img src=/x.png><p class=pale>pale</p>"
    with watched(browser, home, viewport={"width": NARROW, "height": 900}) as (page, seen):
        page.goto("about:blank")
        page.set_content(
            f"<!doctype html><style>.pale {{ color: #ccc }}</style><title>x</title>{wrong}<img src=http://far.example/1>"
        )
        found = {each.partition(":")[0] for each in axe_findings(page)}
        assert found >= {"image-alt", "color-contrast", "html-has-lang"}
        assert wrong_headings(page) == ["h1 to h3"]
        assert seen.asked == ["http://far.example/1"]
