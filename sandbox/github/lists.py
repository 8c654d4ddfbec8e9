"""The small parts of GitHub's lists in GraphQL: connections with their pages, and arguments that have to be right."""

from sandbox.github.graphql import Node, Value, Wrong


def connection(nodes: list[Node], start: int, end: int, *, forward: bool) -> Node:
    if forward:
        info = {"hasNextPage": end < len(nodes), "endCursor": str(end)}
    else:
        info = {"hasPreviousPage": start > 0, "startCursor": str(start)}
    return Node("Connection", {"nodes": list(nodes[start:end]), "pageInfo": Node("PageInfo", info)})


def whole(value: Value) -> int:
    if not isinstance(value, int) or not 1 <= value <= 100:
        raise Wrong("You must provide a `first` or `last` value of at most 100 to properly paginate")
    return value


def listed(value: Value) -> list[Value]:
    if not isinstance(value, list) or len(value) > 100:
        raise Wrong("You may not provide more than 100 node ids")
    return value


def given_object(value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise Wrong("Argument 'input' is required")
    return value
