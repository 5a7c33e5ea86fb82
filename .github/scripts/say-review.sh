#!/usr/bin/env bash
# Keeps one comment about the plan of a pull request, and a status that a branch rule can require.
# Environment: GH_TOKEN, GITHUB_REPOSITORY, PULL_REQUEST, COMMIT, CODE (of at-rest review). Argument: the comment.
set -euo pipefail
text=$1
repository=repos/$GITHUB_REPOSITORY

own=$(gh api "$repository/issues/$PULL_REQUEST/comments" --paginate \
  --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | contains("<!-- at-rest-review -->"))) | .id' | head -n 1)
if [ -n "$own" ]; then
  gh api --silent --method PATCH "$repository/issues/comments/$own" -F "body=@$text"
else
  gh api --silent --method POST "$repository/issues/$PULL_REQUEST/comments" -F "body=@$text"
fi

if [ "$CODE" = 0 ]; then state=success said="Safe to merge, or after a look"; else state=failure said="An error stops it: see the comment"; fi
gh api --silent --method POST "$repository/statuses/$COMMIT" -f "state=$state" -f "description=$said" -f context=at-rest-review
