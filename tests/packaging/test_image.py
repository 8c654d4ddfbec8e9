"""The image, as its files say it: what is locked and nothing else, run by nobody, on a root that is read-only."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
#: Those that are made of our image.
OURS = [name for name, service in SERVICES.items() if service.get("build")]


def test_the_image_installs_what_is_locked_and_nothing_else() -> None:
    installs = re.findall(r"pip install ([^&\n]*)", DOCKERFILE)
    assert len(installs) == 3
    for given in installs:
        assert "--no-deps" in given
        assert "--require-hashes -r requirements" in given or "--no-index dist/" in given, given
    assert not re.search(r"\b(curl|wget|apt-get|ADD http)", DOCKERFILE)


def test_it_runs_as_nobody() -> None:
    last = DOCKERFILE[DOCKERFILE.rindex("FROM ") :]
    (user,) = re.findall(r"^USER (\d+):(\d+)$", last, re.MULTILINE)
    assert all(int(one) >= 10_000 for one in user)
    assert last.index("USER ") < last.index("ENTRYPOINT"), "nothing is run before it"
    assert "--chown" not in last, "it owns nothing of what it runs"
    assert "PYTHONDONTWRITEBYTECODE=1" in last


def test_compose_gives_it_a_read_only_root_and_no_rights() -> None:
    assert OURS == ["migrate", "bot"]
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["tmpfs"] == ["/tmp"], name
        assert not {"privileged", "user", "cap_add", "pid", "network_mode"} & service.keys(), name
        assert all(one.endswith(":ro") for one in service["volumes"]), name


def test_compose_waits_longer_for_its_end_than_it_takes() -> None:
    assert SERVICES["bot"]["stop_grace_period"] == "15s"
    assert all(one.startswith("127.0.0.1:") for one in SERVICES["bot"]["ports"]), "a proxy stands before it"
