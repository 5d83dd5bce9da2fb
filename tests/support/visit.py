"""One visit of the app in a real browser: waits until a page rests, and keeps what must not happen."""

import time
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CALM_LOOKS = 3  # equal looks in a row that count as rest
LOOK_MILLISECONDS = 200
CLICKS = 5
HARMLESS = (
    "/_stcore/"  # a deep link probes these below its own path before it finds them at the root
)
STILL_WORKING = (
    '[data-testid="stStatusWidget"]',
    '[data-testid="stSkeleton"]',
    '[data-testid="stApp"][data-test-script-state="running"]',
)


FAILED = ("met an unexpected error", "cannot be shown", "has encountered an error")


class Visit:
    """A new browser at the app: no cookies, nothing remembered.

    `faults` holds exceptions on a page, errors of the console, failed responses and requests to other hosts.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address
        self.faults: list[str] = []
        self._context: BrowserContext = browser.new_context(
            viewport={"width": 1440, "height": 1000}
        )
        self.page: Page = self._context.new_page()
        self._watch()

    def open(self, path: str) -> Page:
        """Goes to a page of the app by its address and waits until it rests."""
        self.page.goto(f"{self.address}/{path}")
        return self.rest()

    def rest(self, seconds: float = 60.0) -> Page:
        """Waits until Streamlit has finished running and the page has stopped changing."""
        self.page.wait_for_selector('[data-testid="stApp"]', timeout=30_000)
        deadline, calm, before = time.monotonic() + seconds, 0, ""
        while calm < CALM_LOOKS and time.monotonic() < deadline:
            self.page.wait_for_timeout(LOOK_MILLISECONDS)
            working = any(self.page.locator(mark).count() for mark in STILL_WORKING)
            now = self.text()
            calm = calm + 1 if now and now == before and not working else 0
            before = now
        self._keep_exceptions()
        return self.page

    def choose(self, option: str) -> None:
        """Takes one of the options that stand side by side.

        Repeats the click until the option stands: one that falls into a redrawing of the page reaches
        a button that is about to be replaced.
        """
        for _ in range(CLICKS):
            button = self.page.get_by_test_id("stMain").get_by_role(
                "radio", name=option, exact=True
            )
            button.click()
            self.rest()
            if button.get_attribute("aria-checked") == "true":
                return
        raise AssertionError(f"'{option}' is not chosen after {CLICKS} clicks at {self.page.url}")

    def text(self) -> str:
        """What can be read in the main part of the page."""
        main = "document.querySelector('[data-testid=stMain]')?.innerText ?? ''"
        return str(self.page.evaluate(main))

    def close(self) -> None:
        """Ends the visit."""
        self._context.close()

    def _keep_exceptions(self) -> None:
        found = self.page.locator('[data-testid="stException"]').all_inner_texts()
        said = [line for line in self.text().splitlines() if any(word in line for word in FAILED)]
        self.faults += [f"exception at {self.page.url}: {text[:300]}" for text in (*found, *said)]

    def _watch(self) -> None:
        page, own = self.page, urlsplit(self.address).netloc
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on(
            "console",
            lambda line: (
                self.faults.append(f"console at {page.url}: {line.text[:1500]}")
                if line.type == "error" and "Failed to load resource" not in line.text
                else None
            ),
        )
        page.on(
            "response",
            lambda reply: (
                self.faults.append(f"{reply.status} {reply.url}")
                if reply.status >= 400 and HARMLESS not in reply.url
                else None
            ),
        )
        page.on(
            "request",
            lambda asked: (
                self.faults.append(f"other host: {asked.url}")
                if asked.url.startswith(("http", "ws")) and urlsplit(asked.url).netloc != own
                else None
            ),
        )
