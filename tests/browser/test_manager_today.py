"""The view of a day: chosen, compared, read, listened to, downloaded, and played hour by hour."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from aislewise.stack import Stack
from models.tokens import Bearer, issue
from tests.browser.manager import Manager, manager
from tests.browser.page import PATIENCE_MS
from tests.browser.test_access import THEMES, small, violations
from tests.parts.processes import SECRET
from tests.serving import history
from tests.serving.client import planned, token
from tests.serving.shelves import empty
from tests.serving.test_lift import LIFT, night

pytestmark = pytest.mark.browser

OTHER = "S7b"

REPORTS = ("visitors", "dwell", "conversion", "funnel", "lift", "heat")
NIGHT = "2024-11-18-aa"
OWN = "S7"
"""A store that no other file has looked at: what was found of a day is given again for a while."""
_SMALL = """least => [...document.querySelectorAll("button, select, input, summary, a.button, .views a")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => [one.getBoundingClientRect(), one.outerHTML])
  .filter(([box]) => Math.min(box.width, box.height) < least - 0.5).map(([, text]) => text)"""
_UNTRANSLATED = """() => [...document.querySelectorAll("main *")]
  .map((one) => one.childElementCount ? "" : one.textContent)
  .filter((text) => /^(today|model|lift|view)\\.[a-z]/.test(text))"""
_LOADED = "image => image.complete && image.naturalWidth > 0"


@pytest.fixture(scope="module")
def today() -> date:
    return datetime.now(UTC).astimezone(history.LONDON).date()


@pytest.fixture(scope="module")
def lake(serving: Stack, today: date) -> Iterator[Path]:
    """A lake with today, yesterday with fewer visits, and a night's lift."""
    folders = {name: Path(serving["serve"].environment[f"AISLEWISE_{name}"]) for name in ("LAKE", "BUNDLES")}
    empty(folders["LAKE"])
    planned(serving, OWN)
    history.write_day(folders["LAKE"], today, store=OWN)
    history.write_day(folders["LAKE"], today - timedelta(days=1), shoppers=8, store=OWN)
    said = LIFT | {"ci_low": -0.5, "from_date": "2024-11-12", "to_date": "2024-11-18"}
    night(folders["BUNDLES"], NIGHT, {"lift": said})
    yield folders["LAKE"]
    shutil.rmtree(folders["BUNDLES"] / NIGHT)
    empty(folders["LAKE"])


@pytest.fixture
def opened(browser: Browser, serving: Stack, lake: Path) -> Iterator[Manager]:
    with manager(browser, serving.serving_url, token(OWN, "manager")) as page:
        shown(page)
        yield page


def shown(page: Manager) -> None:
    """Waits until all of a day is there; it is the view that the page begins with."""
    expect(page.by("view")).to_have_attribute("data-view", "today", timeout=PATIENCE_MS)
    expect(page.by("as-of")).to_contain_text(re.compile("As of|Stand|Datos"), timeout=PATIENCE_MS)
    expect(page.by("reports").locator("[aria-busy]")).to_have_count(0, timeout=PATIENCE_MS)


def report(page: Manager, name: str) -> Locator:
    return page.by(f"report-{name}")


def numbers(page: Manager, name: str) -> list[list[str]]:
    """The table below a plot, opened as a person does."""
    home = report(page, name).get_by_test_id("numbers")
    if home.get_attribute("open") is None:
        home.locator("summary").click()
    rows = home.locator("tbody tr")
    cells = [rows.nth(at).locator("th, td").all_text_contents() for at in range(rows.count())]
    return [[" ".join(text.split()) for text in row] for row in cells]


def test_the_day_in_short_with_its_intervals_in_words(opened: Manager) -> None:
    visits, conversion = opened.by("figure-visitors"), opened.by("figure-conversion")
    expect(visits.locator(".number")).to_have_text("15")
    expect(visits).to_contain_text("Most in the hour from 10:00")
    expect(conversion.locator(".number")).to_have_text("40%")
    expect(conversion).to_contain_text("Between 20% and 64%, with 95 % certainty. At least: 6 of 7 receipts")
    expect(opened.by("figure-accepted")).to_contain_text("Of 10 prompts that were shown. Between 31% and 83%")
    expect(opened.by("figure-sold").locator(".number")).to_have_text("5")
    expect(opened.by("figure-lift")).to_contain_text("it cannot be told")
    # nobody takes an estimate for a result
    expect(opened.by("figure-lift").locator(".number")).to_have_text("-0.50 … 1.50")


def test_every_report_has_a_picture_that_says_what_it_shows(opened: Manager) -> None:
    said = {
        "visitors": "Most in the hour from 10:00 AM: 12 visits.",
        "dwell": "Longest at Boots: 3 min a visit",
        "conversion": "40%. Between 20% and 64%",
        "funnel": "Shown 10, Claimed 8, Accepted 6, Sold 5",
        "lift": "-0.50 … 1.50. From Nov 12, 2024 to Nov 18, 2024 it cannot be told",
    }
    for name, text in said.items():
        image = report(opened, name).locator("img")
        expect(image).to_have_attribute("alt", re.compile(re.escape(text)))
        opened.page.wait_for_function(_LOADED, arg=image.element_handle())
    opened.picture("manager-today")


def test_the_numbers_stand_below(opened: Manager) -> None:
    visitors = {row[0]: row[1] for row in numbers(opened, "visitors")}
    assert visitors["10:00 AM"] == "12"
    assert visitors["3:00 PM"] == "fewer than 5"
    assert numbers(opened, "dwell")[0][:4] == ["Display", "Boots", "12", "155 s"]
    assert ["Accepted", "6", "6", "60%", "31.3%", "83.2%"] in numbers(opened, "funnel")


def test_figures_are_downloaded_and_name_their_query(opened: Manager, tmp_path: Path, today: date) -> None:
    for kind, read in (("csv", pyarrow.csv.read_csv), ("parquet", pq.read_table)):
        with opened.page.expect_download() as waiting:
            report(opened, "dwell").get_by_test_id(kind).click()
        saved = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(saved)
        assert saved.name == f"{OWN}-dwell-{today}.{kind}"
        assert read(saved).column("mean_s").to_pylist() == [155.0, None]
    query = report(opened, "dwell").get_by_test_id("query")
    query.locator("summary").click()
    expect(query.locator("pre")).to_contain_text("FROM dwells JOIN visits")


def test_another_day_is_chosen(opened: Manager, today: date) -> None:
    opened.by("day-yesterday").click()
    expect(opened.by("figure-visitors").locator(".number")).to_have_text("11")
    expect(opened.by("day-yesterday")).to_have_attribute("aria-pressed", "true")
    opened.by("day-date").fill(str(today))
    expect(opened.by("figure-visitors").locator(".number")).to_have_text("15")


def test_two_days_are_compared_side_by_side(opened: Manager, today: date) -> None:
    opened.by("day-against").fill(str(today - timedelta(days=1)))
    expect(report(opened, "visitors").locator("img")).to_have_count(2, timeout=PATIENCE_MS)
    expect(report(opened, "heat").locator("figure svg")).to_have_count(2, timeout=PATIENCE_MS)
    ten = next(row for row in numbers(opened, "visitors") if row[0] == "10:00 AM")
    # visits and minutes: of the day, of the other, and the difference
    assert ten == ["10:00 AM", "12", "10", "8", "10", "+4", "±0"]
    shown = next(row for row in numbers(opened, "funnel") if row[0] == "Accepted")
    # of yesterday's eight six accepted too
    assert shown[-3:] == ["±0", "±0", "−15 points"]
    assert opened.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    opened.by("day-against").fill("")
    expect(report(opened, "visitors").locator("img")).to_have_count(1, timeout=PATIENCE_MS)


def test_two_stores_are_compared_where_the_token_is_for_both(
    browser: Browser, serving: Stack, lake: Path, today: date
) -> None:
    planned(serving, OTHER)
    history.write_day(lake, today - timedelta(days=2), shoppers=9, store=OWN)
    history.write(
        lake,
        "visits",
        today - timedelta(days=2),
        [
            history.visit(today - timedelta(days=2), f"o{n}", history.at(today - timedelta(days=2), 10), pings=61)
            | {"store_id": OTHER}
            for n in range(7)
        ],
        200,
        299,
    )
    both = issue(SECRET, Bearer(OWN, "manager", also=(OTHER,)), time.time(), 1)
    with manager(browser, serving.serving_url, both) as opened:
        shown(opened)
        opened.by("day-date").fill((today - timedelta(days=2)).isoformat())
        opened.by("against-store").select_option(OTHER)
        pictures = report(opened, "visitors").locator("figure")
        expect(pictures).to_have_count(2, timeout=PATIENCE_MS)
        expect(pictures.nth(0)).to_contain_text(f"{OWN}, ")
        expect(pictures.nth(1)).to_contain_text(f"{OTHER}, ")
        expect(report(opened, "heat").locator("figcaption").nth(1)).to_contain_text(OTHER)
        report(opened, "visitors").get_by_test_id("numbers").locator("summary").click()
        ten = report(opened, "visitors").locator("tbody tr").filter(has_text=re.compile("^10")).locator("td")
        expect(report(opened, "visitors").locator("thead")).to_contain_text(f"Visits, {OTHER}, ")
        expect(ten.first).to_have_text("9")
        expect(ten.filter(has_text=re.compile(r"^\+2$"))).to_have_count(1)
        assert violations(opened) == []
        opened.by("choose-store").select_option(OTHER)
        expect(opened.by("no-history")).to_be_visible(timeout=PATIENCE_MS)
        opened.page.reload()
        expect(opened.by("no-history")).to_be_visible(timeout=PATIENCE_MS)
        expect(opened.by("choose-store")).to_have_value(OTHER)


def test_a_day_without_visits_says_what_to_check(opened: Manager) -> None:
    opened.by("day-date").fill("2024-01-01")
    expect(opened.by("no-history")).to_be_visible()
    expect(opened.by("no-history")).to_contain_text("AISLEWISE_LAKE")
    expect(opened.by("reports")).to_be_hidden()
    opened.by("day-today").click()
    expect(opened.by("no-history")).to_be_hidden()
    expect(opened.by("reports")).to_be_visible()


def test_a_store_without_a_plan_says_so(browser: Browser, serving: Stack) -> None:
    with manager(browser, serving.serving_url, token("S404", role="manager")) as page:
        expect(page.by("as-of")).to_have_text("There is no floor plan of this store yet.", timeout=PATIENCE_MS)


def cells(page: Manager) -> int:
    return report(page, "heat").get_by_test_id("cell").count()


def test_heat_goes_by_the_hour_over_the_plan(opened: Manager) -> None:
    expect(opened.by("hour-shown")).to_have_text("All day")
    assert cells(opened) == 2
    expect(report(opened, "heat").locator("figure svg")).to_have_attribute(
        "aria-label", re.compile("Most time at Boots")
    )
    opened.by("hour").focus()
    opened.page.keyboard.press("ArrowRight")
    expect(opened.by("hour-shown")).to_have_text("10:00 AM–11:00 AM")
    expect(opened.by("hour")).to_have_attribute("aria-valuetext", "10:00 AM–11:00 AM")
    top = numbers(opened, "heat")
    assert top[0] == ["Boots (3, 7)", "3,600 s", "12"]
    # the afternoon has too few visits to be shown
    assert opened.by("hour").get_attribute("max") == "1"


def test_the_hours_are_played_and_stopped(opened: Manager) -> None:
    play = opened.by("play")
    expect(play).to_have_text("Play")
    play.click()
    expect(play).to_have_text("Stop")
    expect(opened.by("hour-shown")).to_have_text("10:00 AM–11:00 AM")
    expect(opened.by("hour-shown")).to_have_text("All day", timeout=PATIENCE_MS)
    play.click()
    expect(play).to_have_text("Play")


def test_with_less_motion_a_tap_goes_on_by_an_hour(browser: Browser, serving: Stack, lake: Path) -> None:
    with manager(browser, serving.serving_url, token(OWN, "manager"), still=True) as page:
        shown(page)
        expect(page.by("play")).to_have_text("Next hour")
        page.by("play").click()
        expect(page.by("hour-shown")).to_have_text("10:00 AM–11:00 AM")
        page.page.wait_for_timeout(1500)
        expect(page.by("hour-shown")).to_have_text("10:00 AM–11:00 AM")


def choose_theme(page: Manager, theme: str) -> None:
    page.by("open-settings").click()
    page.by("theme").select_option(theme)
    page.by("close-settings").click()


def open_all(page: Page) -> None:
    page.locator("details summary").evaluate_all("all => all.forEach(one => one.parentElement.open = true)")


def test_axe_finds_nothing(opened: Manager, today: date) -> None:
    opened.by("day-against").fill(str(today - timedelta(days=1)))
    expect(report(opened, "visitors").locator("img")).to_have_count(2, timeout=PATIENCE_MS)
    shown(opened)
    for theme in THEMES:
        choose_theme(opened, theme)
        expect(report(opened, "dwell").locator("img").first).to_have_attribute("src", re.compile(f"theme={theme}"))
    open_all(opened.page)
    assert violations(opened) == []
    assert small(opened, _SMALL) == []
    opened.by("day-date").fill("2024-01-01")
    expect(opened.by("no-history")).to_be_visible()
    assert violations(opened) == []


@pytest.mark.parametrize(("locale", "title"), [("de-DE", "Besuche nach Stunde"), ("es-ES", "Visitas por hora")])
def test_it_speaks_the_language_of_the_browser(
    browser: Browser, serving: Stack, lake: Path, locale: str, title: str
) -> None:
    with manager(browser, serving.serving_url, token(OWN, "manager"), locale=locale) as page:
        shown(page)
        expect(report(page, "visitors").locator("h3")).to_have_text(title)
        open_all(page.page)
        assert page.page.evaluate(_UNTRANSLATED) == []
        expect(report(page, "funnel").locator("img")).to_have_attribute("src", re.compile(f"language={locale[:2]}"))


def test_texts_are_there_in_every_language(opened: Manager) -> None:
    for view in ("today", "model"):
        path = f"/manager/{view}/messages"
        keys = [
            opened.page.evaluate(f"async () => Object.keys((await import('{path}/{language}.js')).default)")
            for language in ("en", "de", "es")
        ]
        assert keys[0] == keys[1] == keys[2]
        assert all(key.startswith(f"{view}.") for key in keys[0])
