"""What stands on a Page: people, posts, comments, reviews, chats; and what is told of every change. No HTTP here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sandbox.graph.errors import missing
from sandbox.graph.inbox import Chat, Inbox, Message, Person
from sandbox.graph.server import GraphServer

LONGEST = 8000  # seen; Meta does not say


@dataclass(eq=False, slots=True)
class Post:
    """A post in the Page's feed, or one elsewhere that tags it (`owner` is whose page it stands on)."""

    id: str
    author: Person
    words: str
    at: datetime
    moved: datetime
    pictures: tuple[str, ...] = ()
    hidden: bool = False
    tags: bool = False
    shy: bool = False  # its author is told to nobody
    answered: bool = False  # privately

    @property
    def object(self) -> str:
        return self.id.partition("_")[2]


@dataclass(eq=False, slots=True)
class Review:
    """A recommendation."""

    id: str
    author: Person
    words: str
    positive: bool
    at: datetime


@dataclass(eq=False, slots=True)
class Comment:
    """A comment under a post, a review, or another comment (two levels, no more)."""

    id: str
    under: Post | Review
    parent: "Comment | None"
    author: Person
    words: str
    at: datetime
    pictures: tuple[str, ...] = ()
    hidden: bool = False
    shy: bool = False
    closed: bool = False  # nobody may comment
    chat: "Chat | None" = None  # in which it was answered privately


class World(Inbox):
    """The Page and all around it. Every change is told by webhooks, our own too."""

    kind = "page"
    longest_message = 2000  # seen

    def __init__(self, server: GraphServer, *, name: str) -> None:
        super().__init__(server, Person("104500000000001", name))
        self.posts: dict[str, Post] = {}
        self.comments: dict[str, Comment] = {}
        self.reviews: dict[str, Review] = {}
        self.closed: set[str] = set()  # edges that this token may not ask for

    def answer_privately(self, to: "Comment | Post", words: str) -> tuple[Chat, Message]:
        """The one private reply to a comment or a post."""
        done = to.chat is not None if isinstance(to, Comment) else to.answered
        chat, message = self.say_privately(to.author, words, at=to.at, done=done)
        if isinstance(to, Comment):
            to.chat = chat
        else:
            to.answered = True
        return chat, message

    # Posts

    def post(
        self, author: Person, words: str, *, pictures: Sequence[str] = (), elsewhere: bool = False, shy: bool = False
    ) -> Post:
        """A post in the Page's feed; `elsewhere`: on the author's own page, tagging ours."""
        owner = author.id if elsewhere else self.page.id
        now = self.now()
        post = Post(
            f"{owner}_{self.server.next_id()}", author, words, now, now, tuple(pictures), tags=elsewhere, shy=shy
        )
        self.posts[post.id] = post
        if elsewhere:
            value = {"item": "post", "verb": "add", "post_id": post.id, "message": words}
            self.tell("mention", {**value, "created_time": _seconds(now)})
        else:
            self.tell_post(post, "add")
        return post

    def edit_post(self, post: Post, words: str) -> None:
        post.words, post.moved = words, self.now()
        self.tell_post(post, "edited")

    def remove_post(self, post: Post) -> None:
        """A post takes what stands under it along."""
        self.posts.pop(post.id, None)
        for comment in [one for one in self.comments.values() if one.under is post]:
            self.comments.pop(comment.id, None)
        value = {"item": "post", "verb": "remove", "post_id": post.id, "recipient_id": self.page.id}
        self.tell("feed", {**value, "created_time": _seconds(self.now()), "from": self._from(post.author, post.shy)})

    def tell_post(self, post: Post, verb: str) -> None:
        item = "photo" if post.pictures else "status" if post.author is self.page else "post"
        value: dict[str, object] = {"item": item, "verb": verb, "post_id": post.id, "message": post.words}
        if post.pictures:
            value |= {"link": self.picture(post.id), "photo_id": post.object}
        value |= {"created_time": _seconds(post.at), "from": self._from(post.author, post.shy), "published": 1}
        self.tell("feed", value)

    # Comments

    def comment(
        self,
        author: Person,
        under: Post | Review,
        words: str,
        *,
        parent: Comment | None = None,
        pictures: Sequence[str] = (),
        shy: bool = False,
    ) -> Comment:
        """Facebook has two levels: an answer to an answer stands beside it."""
        if parent is not None and parent.parent is not None:
            parent = parent.parent
        above = under.object if isinstance(under, Post) else under.id
        now = self.now()
        comment = Comment(
            f"{above}_{self.server.next_id()}", under, parent, author, words, now, tuple(pictures), shy=shy
        )
        self.comments[comment.id] = comment
        if isinstance(under, Post):
            under.moved = now
        self.tell_comment(comment, "add")
        return comment

    def edit_comment(self, comment: Comment, words: str) -> None:
        comment.words = words
        self.tell_comment(comment, "edited")

    def hide_comment(self, comment: Comment, hidden: bool = True) -> None:
        comment.hidden = hidden
        self.tell_comment(comment, "hide" if hidden else "unhide")

    def remove_comment(self, comment: Comment) -> None:
        """A comment takes the answers under it along, without a word about them."""
        self.comments.pop(comment.id, None)
        for below in [one for one in self.comments.values() if one.parent is comment]:
            self.comments.pop(below.id, None)
        self.tell_comment(comment, "remove")

    def tell_comment(self, comment: Comment, verb: str) -> None:
        under = comment.under
        review = isinstance(under, Review)
        post_id = f"{under.author.id}_{under.id}" if review else under.id
        value: dict[str, object] = {"item": "comment", "verb": verb, "comment_id": comment.id, "post_id": post_id}
        value["parent_id"] = comment.parent.id if comment.parent is not None else post_id
        value["created_time"] = _seconds(comment.at if verb == "add" else self.now())
        if (who := self._from(comment.author, comment.shy)) is not None:
            value["from"] = who
        if verb != "remove":
            value["message"] = comment.words
        if comment.pictures and verb != "remove":
            value["photo"] = self.picture(comment.id)
        self.tell("ratings" if review else "feed", value)

    def comments_under(self, what: Post | Review | Comment, *, stream: bool) -> list[Comment]:
        """Oldest first; `stream`: with the answers to them."""
        if isinstance(what, Comment):
            found = [one for one in self.comments.values() if one.parent is what]
        else:
            found = [one for one in self.comments.values() if one.under is what and (stream or one.parent is None)]
        return [one for one in found if self.sees(one.author)]

    # Reviews

    def review(self, author: Person, words: str, *, positive: bool) -> Review:
        review = Review(self.server.next_id(), author, words, positive, self.now())
        self.reviews[review.id] = review
        self.tell_review(review, "add")
        return review

    def tell_review(self, review: Review, verb: str) -> None:
        value: dict[str, object] = {
            "item": "rating",
            "verb": verb,
            "open_graph_story_id": int(review.id),
            "reviewer_id": int(review.author.id),
        }
        if verb != "remove":
            said = "POSITIVE" if review.positive else "NEGATIVE"
            value |= {"reviewer_name": review.author.name, "review_text": review.words, "recommendation_type": said}
            value |= {"created_time": _seconds(review.at), "comment_id": None}
        self.tell("ratings", value)

    # Telling

    def tell(self, field: str, value: Mapping[str, object]) -> None:
        kept = {key: item for key, item in value.items() if item is not None or key == "comment_id"}
        entry = {"id": self.page.id, "time": _seconds(self.now()), "changes": [{"field": field, "value": kept}]}
        self.server.call({"object": "page", "entry": [entry]})
        self.server.changes.tell()

    def _from(self, author: Person, shy: bool) -> dict[str, object] | None:
        return None if shy else {"id": author.id, "name": author.name}

    def find(self, id: str) -> Comment | Post | Review | Message | Chat:
        """What has this id and is to be seen by us; Meta's words where nothing is."""
        chats = {chat.id: chat for chat in self.chats.values()}
        tables: tuple[Callable[[str], Comment | Post | Review | Message | Chat | None], ...] = (
            self.comments.get,
            self.posts.get,
            self.reviews.get,
            self.messages.get,
            chats.get,
        )
        for table in tables:
            found = table(id)
            if found is None:
                continue
            author = found.person if isinstance(found, Chat) else found.author
            if self.sees(author):
                return found
        raise missing(id)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
