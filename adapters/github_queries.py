"""What is asked of GitHub's GraphQL API, as it is sent. Where from: docs.github.com/graphql, 2026-08."""

from __future__ import annotations

VIEWER = """
query Viewer($owner: String!, $name: String!) {
  viewer { __typename login databaseId avatarUrl url name }
  repository(owner: $owner, name: $name) { id hasIssuesEnabled hasDiscussionsEnabled isArchived }
}
"""

_WHO = "author { __typename login avatarUrl url ... on User { databaseId name } ... on Bot { databaseId } }"

_NODE = f"""
  __typename
  ... on Issue {{
    id title body createdAt lastEditedAt url locked {_WHO}
    reactions(content: THUMBS_UP) {{ totalCount }}
  }}
  ... on IssueComment {{
    id body createdAt lastEditedAt url isMinimized minimizedReason {_WHO}
    issue {{ id locked }}
  }}
  ... on Discussion {{
    id title body createdAt lastEditedAt url locked upvoteCount {_WHO}
  }}
  ... on DiscussionComment {{
    id body createdAt lastEditedAt url isMinimized minimizedReason deletedAt {_WHO}
    discussion {{ id locked }}
    replyTo {{ id }}
  }}
"""

NODES = f"""
query Nodes($ids: [ID!]!, $owner: String!, $name: String!) {{
  repository(owner: $owner, name: $name) {{ id }}
  nodes(ids: $ids) {{ {_NODE} }}
}}
"""

DISCUSSIONS = """
query Discussions($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    discussions(first: 10, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
      nodes {
        id updatedAt
        comments(last: 50) { nodes { id updatedAt replies(last: 20) { nodes { id updatedAt } } } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""

THREAD = """
query Thread($id: ID!, $before: String) {
  node(id: $id) {
    __typename
    ... on Issue {
      id
      comments(last: 100, before: $before) {
        nodes { id }
        pageInfo { hasPreviousPage startCursor }
      }
    }
    ... on Discussion {
      id
      comments(last: 50, before: $before) {
        nodes { id replies(last: 50) { nodes { id } } }
        pageInfo { hasPreviousPage startCursor }
      }
    }
  }
}
"""

ADD_COMMENT = f"""
mutation AddComment($subject: ID!, $body: String!, $key: String!) {{
  addComment(input: {{subjectId: $subject, body: $body, clientMutationId: $key}}) {{
    commentEdge {{ node {{ {_NODE} }} }}
  }}
}}
"""

ADD_DISCUSSION_COMMENT = f"""
mutation AddDiscussionComment($subject: ID!, $under: ID, $body: String!, $key: String!) {{
  addDiscussionComment(
    input: {{discussionId: $subject, replyToId: $under, body: $body, clientMutationId: $key}}
  ) {{
    comment {{ {_NODE} }}
  }}
}}
"""

UPDATE_COMMENT = f"""
mutation UpdateComment($id: ID!, $body: String!) {{
  updateIssueComment(input: {{id: $id, body: $body}}) {{ issueComment {{ {_NODE} }} }}
}}
"""

UPDATE_DISCUSSION_COMMENT = f"""
mutation UpdateDiscussionComment($id: ID!, $body: String!) {{
  updateDiscussionComment(input: {{commentId: $id, body: $body}}) {{ comment {{ {_NODE} }} }}
}}
"""

DELETE_COMMENT = """
mutation DeleteComment($id: ID!) { deleteIssueComment(input: {id: $id}) { clientMutationId } }
"""

DELETE_DISCUSSION_COMMENT = """
mutation DeleteDiscussionComment($id: ID!) { deleteDiscussionComment(input: {id: $id}) { clientMutationId } }
"""
