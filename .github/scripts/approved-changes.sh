#!/usr/bin/env bash
# Prints hash=<hash>: the changes of a wave that were approved with the pull request that this commit merged.
# Whoever could write that comment gains nothing: at-rest applies a plan of its own, and only if it has this hash.
# Environment: GH_TOKEN, GITHUB_REPOSITORY, GITHUB_SHA, APPROVED (a hash instead of the comment's). Argument: the wave.
set -euo pipefail
wave=$1
if [ -n "${APPROVED:-}" ]; then
  echo "hash=$APPROVED"
  exit
fi

repository=repos/$GITHUB_REPOSITORY
number=$(gh api "$repository/commits/$GITHUB_SHA/pulls" --jq 'map(select(.merged_at != null)) | .[0].number // empty')
if [ -z "$number" ]; then
  echo "$GITHUB_SHA was merged by no pull request, so nobody approved its changes. Start the workflow by hand with their hash." >&2
  exit 1
fi
comment=$(gh api "$repository/issues/$number/comments" --paginate \
  --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | contains("<!-- at-rest-review -->"))) | .body')
# With several waves the comment has a line for each; else the one hash is this wave's.
hash=$(sed -nE "s/^- wave $wave: \`([0-9a-f]{64})\`.*/\1/p" <<< "$comment" | head -n 1)
[ -n "$hash" ] || hash=$(sed -nE 's/^Changes: `([0-9a-f]{64})`.*/\1/p' <<< "$comment" | head -n 1)
if [ -z "$hash" ]; then
  echo "The review of pull request $number names no changes. Start the workflow by hand with their hash." >&2
  exit 1
fi
echo "hash=$hash"
