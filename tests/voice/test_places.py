"""Links that only members of a team can open are told from public pages of the same services."""

from __future__ import annotations

import pytest

from bot.triage.places import internal, links, sentences


@pytest.mark.parametrize(
    "link",
    [
        "http://[::1]/x",
        "http://[fd00::1]/x",
        "https://[fe80::1]:8443",
        "https://acme.atlassian.net/browse/CS-1",
        "acme.atlassian.net/browse/CS-1",
        "https://acme.atlassian.net/wiki/spaces/CS/pages/1",
        "https://acme.slack.com/archives/C02AB7/p169900",
        "https://app.slack.com/client/T1/C1",
        "https://www.notion.so/acme/Plan-0f3c5d7e9b1a4c6d8e0f2a4b6c8d0e1f",
        "notion.so/acme/Plan-1234",
        "https://acme.zendesk.com/agent/tickets/55120",
        "https://acme.sharepoint.com/sites/service/plan.xlsx",
        "https://acme-my.sharepoint.com/personal/mia/Documents/x.docx",
        "https://docs.google.com/document/d/1AbCdEf/edit",
        "https://docs.google.com/spreadsheets/d/1AbCdEf/edit#gid=0",
        "https://acme.freshdesk.com/a/tickets/4",
        "https://linear.app/acme/issue/CS-4",
        "https://app.asana.com/0/12/34",
        "https://acme.lightning.force.com/lightning/r/Case/5/view",
        "https://teams.microsoft.com/l/message/19:x",
        "wiki.acme.example/x",
    ],
)
def test_what_only_a_team_can_open_is_internal(link: str) -> None:
    assert internal(f"Look at {link}, please.") == [link]
    assert internal(f"({link})") == [link]


@pytest.mark.parametrize(
    "link",
    [
        "http://[2001:4860:4860::8888]/x",
        "https://acme.zendesk.com/hc/en-gb/articles/360012-returns",
        "https://acme.zendesk.com/",
        "https://acme.notion.site/Hours-2f1c9a",
        "https://www.notion.so/product",
        "https://acme.statuspage.io",
        "https://status.slack.com/",
        "https://slack.com/help/articles/1",
        "https://join.slack.com/t/acme/shared_invite/x",
        "https://acme.atlassian.net/servicedesk/customer/portal/3",
        "https://docs.google.com/forms/d/e/1FAIpQLSd/viewform",
        "https://docs.google.com/document/d/e/2PACX-1vT/pub",
        "https://acme.freshdesk.com/support/solutions/4",
        "https://github.com/acme/client/issues/41",
        "acme.example/help",
        "Please go home.Private people may stay.",
        "mia@wiki.acme.example",
    ],
)
def test_what_all_can_open_is_not(link: str) -> None:
    assert internal(f"Look at {link}, please.") == []


def test_a_link_ends_where_it_ends() -> None:
    assert links("[http://[::1]:80/x] (https://acme.example/a).") == ["http://[::1]:80/x", "https://acme.example/a"]
    assert links("https://[::1 \x00") == ["https://[::1"]
    assert internal("https://[::1 \x00") == []


def test_a_date_does_not_end_a_sentence() -> None:
    assert sentences("Am 3. Dezember war zu. Danach nicht.") == ["Am 3. Dezember war zu.", "Danach nicht."]
    assert sentences("هل وصل؟ نعم") == ["هل وصل؟", "نعم"]
    assert sentences("कल आया था। ठीक है") == ["कल आया था।", "ठीक है"]
    assert sentences("It was 2026. And now?") == ["It was 2026.", "And now?"]
