"""What is done with each kind of happening, and with each dialog: the table that the inbox works by."""

from __future__ import annotations

from bot.chat import dialogs, lists, me, shipped, signing, storms, verbs
from bot.chat.cards.parts import plain
from bot.chat.contract import Commanded, DialogClosed, HomeOpened, Pressed, Shortcut, Signed
from bot.chat.handling import Handling, Room


def handling_of(room: Room) -> Handling:
    """In this room."""
    return Handling(
        room,
        steps={
            Commanded: verbs.commanded,
            Pressed: verbs.pressed,
            Signed: signing.signed,
            Shortcut: dialogs.shortcut,
            DialogClosed: dialogs.closed,
            HomeOpened: lists.home_opened,
        },
        submit={
            dialogs.DRAFT: dialogs.submitted,
            me.DIALOG: me.submitted,
            shipped.SHIPPED: shipped.submitted,
            storms.DIALOG: storms.submitted,
        },
        sorry=plain("Something went wrong on my side and I did nothing. It is in my log; please try again later."),
    )
