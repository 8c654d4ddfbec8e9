"""Posts and people as X's API gives them: escaped, with short links, entities and what they refer to."""

import hashlib
from collections.abc import Iterable

from sandbox.x.problems import LINK
from sandbox.x.world import MENTION, Person, Post, Version, World


class Shapes:
    """Makes JSON of one world. `base` is where pictures are."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.base = ""

    def user(self, person: Person) -> dict[str, object]:
        shape: dict[str, object] = {
            "id": person.id,
            "name": person.name,
            "username": person.handle,
            "profile_image_url": f"{self.base}/img/{person.id}_normal.png",
            "protected": person.protected,
            "verified_type": "none",
            "public_metrics": {"followers_count": person.followers, "following_count": 1, "tweet_count": 3},
        }
        if person.automated:
            shape["affiliation"] = {"description": "Automated"}
        return shape

    def post(self, post: Post, version: Version | None = None) -> dict[str, object]:
        version = version or post.versions[-1]
        words, entities = self._words(post, version)
        referenced = [{"type": "replied_to", "id": post.reply_to}] if post.reply_to else []
        referenced += [{"type": "quoted", "id": post.quotes}] if post.quotes else []
        shape: dict[str, object] = {
            "id": version.id,
            "text": words,
            "author_id": post.author.id,
            "created_at": version.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "conversation_id": post.conversation,
            "edit_history_tweet_ids": [one.id for one in post.versions],
            "lang": post.language,
            "reply_settings": post.reply_settings,
            "display_text_range": [len(post.shown(version)) - len(version.words), len(words)],
        }
        if entities:
            shape["entities"] = entities
        if referenced:
            shape["referenced_tweets"] = referenced
        if post.reply_to is not None and (parent := self._world.posts.get(post.reply_to)) is not None:
            shape["in_reply_to_user_id"] = parent.author.id
        if post.pictures:
            shape["attachments"] = {"media_keys": [f"3_{post.first}{at}" for at, _ in enumerate(post.pictures)]}
        return shape

    def answer(self, posts: Iterable[tuple[Post, Version | None]]) -> dict[str, object]:
        """`data` and `includes` of a list."""
        given = list(posts)
        return {"data": [self.post(*one) for one in given], "includes": self.includes([post for post, _ in given])}

    def includes(self, posts: Iterable[Post]) -> dict[str, object]:
        users: dict[str, object] = {}
        others: dict[str, object] = {}
        media: list[object] = []
        for post in posts:
            users[post.author.id] = self.user(post.author)
            for id in (post.reply_to, post.quotes):
                other = self._world.posts.get(id or "")
                if other is not None and id is not None and self._world.sees(other):
                    version = next(one for one in other.versions if one.id == id)
                    others[id] = self.post(other, version)
                    users[other.author.id] = self.user(other.author)
            media += [self._media(post, at, words) for at, words in enumerate(post.pictures)]
        return {"users": list(users.values()), "tweets": list(others.values()), "media": media}

    def _media(self, post: Post, at: int, words: str) -> dict[str, object]:
        return {
            "media_key": f"3_{post.first}{at}",
            "type": "photo",
            "url": f"{self.base}/img/{post.first}-{at}.png",
            "alt_text": words,
        }

    def _words(self, post: Post, version: Version) -> tuple[str, dict[str, object]]:
        """Links become short ones; what stands in HTML is escaped; each picture has a link at the end."""
        raw = post.shown(version)
        urls: list[dict[str, object]] = []
        out, at = "", 0
        for found in LINK.finditer(raw):
            short = _short(found[0])
            out += _escaped(raw[at : found.start()])
            urls.append(_url(short, found[0], len(out)))
            out, at = out + short, found.end()
        out += _escaped(raw[at:])
        for number, _ in enumerate(post.pictures):
            short = _short(f"{post.first}/{number}")
            page = f"https://x.com/{post.author.handle}/status/{version.id}/photo/1"
            urls.append({**_url(short, page, len(out) + 1), "media_key": f"3_{post.first}{number}"})
            out += f" {short}"
        mentions = []
        for found in MENTION.finditer(out):
            mention: dict[str, object] = {"start": found.start(), "end": found.end(), "username": found[1]}
            who = next((one for one in self._world.people.values() if one.handle.lower() == found[1].lower()), None)
            mentions.append(mention if who is None else {**mention, "id": who.id})
        entities: dict[str, object] = {"urls": urls} if urls else {}
        return out, {**entities, "mentions": mentions} if mentions else entities


def _url(short: str, target: str, start: int) -> dict[str, object]:
    shown = target.partition("://")[2]
    shown = shown if len(shown) <= 25 else f"{shown[:24]}…"
    return {"start": start, "end": start + len(short), "url": short, "expanded_url": target, "display_url": shown}


def _short(target: str) -> str:
    return f"https://t.co/{hashlib.sha256(target.encode()).hexdigest()[:10]}"


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
