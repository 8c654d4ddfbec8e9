"""A small world to read from: one account, one channel, customers, reps, and what the desk would have written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from bot.desk.drafting import digest_of
from models.chat import Card, CardKind
from models.conversation import Claim, Conversation, Post, PostVersion
from models.journal import post_digest
from models.lifecycle import State, Step
from models.people import Customer, Identity, Rep
from models.permits import Policy
from models.places import Account, Channel
from models.reply import Approval, Revision
from models.steps import Dossier, open_dossier, take
from models.store import Store, Work
from models.telling import EventKind

#: What is attached to every post here.
PICTURES: list[object] = [{"kind": "image", "url": "https://pictures.example/1"}]


@dataclass
class World:
    """What stands in the store; each verb is one transaction, as the desk's are."""

    store: Store
    account: int = 0
    channel: int = 0
    policies: dict[int, Policy] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))

    async def begin(self, policy: Policy | None = None) -> World:
        async with self.store.work() as work:
            account = Account(name="acme", platform="mastodon")
            channel = Channel(name="care", surface="slack", team="T1", chat_id="C0CARE")
            work.add_all([account, channel])
            await work.flush()
            self.account, self.channel = account.id, channel.id
        self.policies = {self.channel: policy or Policy()}
        return self

    async def rep(self, name: str, languages: tuple[str, ...] = ()) -> int:
        async with self.store.work() as work:
            rep = Rep(surface="slack", team="T1", user=f"U{name.upper()}", name=name, languages=list(languages))
            work.add(rep)
            await work.flush()
            return rep.id

    async def heard(
        self,
        words: str = "My parcel never came.",
        *,
        handle: str = "lou",
        urgency: int = 0,
        language: str | None = "en",
        waiting_since: datetime | None = None,
    ) -> int:
        """A new conversation of a new customer."""
        async with self.store.work() as work:
            customer = Customer(since=work.now)
            work.add(customer)
            await work.flush()
            unique = next(self.numbers)
            identity = Identity(
                customer_id=customer.id,
                account_id=self.account,
                ref=f"person-{unique}",
                handle=handle,
                name=handle.title(),
                seen_at=work.now,
            )
            work.add(identity)
            await work.flush()
            conversation = Conversation(
                account_id=self.account,
                channel_id=self.channel,
                identity_id=identity.id,
                key=f"thread-{unique}",
                state=State.OPEN,
                urgency=urgency,
                language=language,
                opened_at=work.now,
                waiting_since=waiting_since or work.now,
            )
            work.add(conversation)
            await work.flush()
            work.add(
                Card(
                    kind=CardKind.CONVERSATION,
                    ref=conversation.id,
                    channel_id=self.channel,
                    conversation_id=conversation.id,
                    link=f"https://chat.example/{conversation.id}",
                    due_at=work.now,
                )
            )
            post = await self._post(work, conversation.id, identity.id, words)
            await work.write_down(conversation, EventKind.HEARD, data={"post": post.id, "digest": post.digest})
            return conversation.id

    async def _post(self, work: Work, number: int, identity: int | None, words: str, ours: bool = False) -> Post:
        ref = f"post-{next(self.numbers)}"
        post = Post(
            account_id=self.account,
            conversation_id=number,
            identity_id=identity,
            ours=ours,
            ref=ref,
            words=words,
            spans=[{"words": words}],
            media=PICTURES,
            extra={"raw": words},
            url=f"https://square.example/{ref}",
            at=work.now,
            heard_at=work.now,
            digest=post_digest(words, "", PICTURES),
        )
        work.add(post)
        await work.flush()
        return post

    async def says_more(self, number: int, words: str) -> int:
        async with self.store.work() as work:
            dossier = await self.open(work, number)
            post = await self._post(work, number, dossier.conversation.identity_id, words)
            dossier.posts.append(post)
            data: dict[str, object] = {"post": post.id, "digest": post.digest}
            await take(dossier, Step.CUSTOMER_REPLIED, EventKind.CUSTOMER_REPLIED, data=data)
            return post.id

    async def edits(self, post_id: int, words: str, *, warning: str = "", visibility: str = "public") -> None:
        async with self.store.work() as work:
            post = await work.session.get_one(Post, post_id)
            dossier = await self.open(work, post.conversation_id)
            before = post.digest
            work.add(
                PostVersion(
                    post_id=post.id,
                    version=post.version,
                    words=post.words,
                    warning=post.warning,
                    media=post.media,
                    digest=before,
                    until=work.now,
                )
            )
            post.words, post.warning, post.visibility = words, warning, visibility
            post.digest, post.version = post_digest(words, warning, post.media), post.version + 1
            post.edited_at = work.now
            data: dict[str, object] = {
                "post": post.id,
                "version": post.version,
                "before": before,
                "after": post.digest,
            }
            await take(dossier, Step.CUSTOMER_EDITED, EventKind.CUSTOMER_EDITED, data=data)

    async def deletes(self, post_id: int) -> None:
        """The author deletes a post; the channel keeps the words a while."""
        async with self.store.work() as work:
            post = await work.session.get_one(Post, post_id)
            dossier = await self.open(work, post.conversation_id)
            post.gone_at = work.now
            step = Step.POST_REMOVED if dossier.customer_posts else Step.POST_GONE
            kind = EventKind(step.value)
            await take(dossier, step, kind, data={"post": post.id, "digest": post.digest})

    async def claims(self, number: int, rep: int) -> None:
        async with self.store.work() as work:
            dossier = await self.open(work, number)
            until = work.now + dossier.policy.claim_for
            work.add(Claim(conversation_id=number, rep_id=rep, since=work.now, until=until))
            await take(dossier, Step.CLAIM, EventKind.CLAIMED, rep=rep)

    async def drafts(self, number: int, rep: int, final: str = "@lou We look into it.") -> int:
        """A new revision; the id of the message that shows it."""
        async with self.store.work() as work:
            dossier = await self.open(work, number)
            last = dossier.revision
            conversation = dossier.conversation
            conversation.revisions += 1
            revision = Revision(
                conversation_id=number,
                number=conversation.revisions,
                base=None if last is None else last.number,
                parent_id=dossier.customer_posts[-1].id,
                typed=final,
                final=final,
                spans=[{"words": final}],
                digest=digest_of(kind="reply", account=self.account, parent=dossier.customer_posts[-1], final=final),
                rep_id=rep,
                authors=[rep] if last is None else list(dict.fromkeys([*last.authors, rep])),
                fit={"length": len(final), "limit": 500},
                at=work.now,
            )
            work.add(revision)
            await work.flush()
            conversation.revision_id = revision.id
            dossier.revision = revision
            data: dict[str, object] = {"revision": revision.number, "digest": revision.digest}
            await take(dossier, Step.DRAFT, EventKind.DRAFTED, rep=rep, data=data)
            assert dossier.message is not None
            return dossier.message.id

    async def signs(self, number: int, rep: int, *, sign: str = "approve", given: bool = True) -> None:
        steps = {
            ("approve", True): (Step.APPROVE, EventKind.APPROVED),
            ("approve", False): (Step.UNAPPROVE, EventKind.UNAPPROVED),
            ("object", True): (Step.OBJECT, EventKind.OBJECTED),
            ("object", False): (Step.OBJECT_WITHDRAWN, EventKind.OBJECTION_WITHDRAWN),
        }
        async with self.store.work() as work:
            dossier = await self.open(work, number)
            assert dossier.message is not None
            message = dossier.message.id
            row = next((one for one in dossier.approvals if (one.rep_id, one.sign) == (rep, sign)), None)
            if row is None:
                row = Approval(message_id=message, rep_id=rep, sign=sign, given=given, standing="approver", at=work.now)
                work.add(row)
                dossier.approvals.append(row)
            row.given, row.at = given, work.now
            await work.flush()
            step, kind = steps[sign, given]
            await take(dossier, step, kind, rep=rep, data={"message": message, "sign": sign})

    async def goes_out(self, number: int) -> int:
        """Publishing, in short: the reply stands on the platform. Its delivery."""
        async with self.store.work() as work:
            dossier = await self.open(work, number)
            delivery, revision = dossier.delivery, dossier.revision
            assert delivery is not None
            assert revision is not None
            delivery.sends, delivery.sent_at = 1, work.now
            delivery.receipt = {"id": f"reply-{delivery.id}", "url": f"https://square.example/reply-{delivery.id}"}
            await take(dossier, Step.SEND, EventKind.INTENT, data={"delivery": delivery.id})
        async with self.store.work() as work:
            dossier = await self.open(work, number)
            data: dict[str, object] = {"delivery": delivery.id, "revision": revision.number}
            await take(dossier, Step.SENT, EventKind.SENT, data=data)
            post = await self._post(work, number, None, revision.final, ours=True)
            post.delivery_id = delivery.id
        return delivery.id

    async def answered(self, number: int, writer: int, approver: int, final: str = "@lou We look into it.") -> int:
        await self.drafts(number, writer, final)
        await self.signs(number, approver)
        return await self.goes_out(number)

    async def open(self, work: Work, number: int) -> Dossier:
        return await open_dossier(work, number, self.policies)
