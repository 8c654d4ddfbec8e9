"""`twoway route test` says where a post would come, and why."""

import json

ROUTES = """
[[channels]]
name = "press"
chat = "slack:C0PRESS"
accounts = []
[[routes]]
to = "press"
words = ["journalist|reporter"]
reach = 10000
[[routes]]
to = "press"
languages = ["de"]
"""


async def test_a_text_is_tried_on_every_route(run, tmp_path):
    path = tmp_path / "twoway.toml"
    path.write_text(path.read_text(encoding="utf-8") + ROUTES, encoding="utf-8")
    said = (
        await run("route", "test", "A journalist here. " + "x" * 90, "--followers", "12", "--language", "en")
    ).output
    assert said.splitlines() == [
        "acme on mastodon: comes to care (its own channel: no route is met)",
        "Route  To          Asks for   Which",
        "1      press  yes  words      journalist|reporter (it has: journalist|reporter)",
        "              no   reach      10000 or more (it has: 12)",
        "2      press  no   languages  de (it has: en)",
    ]
    assert all(len(line) <= 80 for line in said.splitlines())
    told = json.loads((await run("route", "test", "Wo bleibt denn nur mein Paket?", "--json")).output)
    (one,) = told["tests"]
    assert (one["channel"], one["route"], one["language"]) == ("press", 2, "de")
    asked = await run("route", "test", "x", "--account", "acne")
    assert asked.return_value == 1
    assert 'has no account "acne"; did you mean "acme".' in asked.output
