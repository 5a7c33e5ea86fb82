#!/usr/bin/env bash
# Keeps one issue for each stack that is not as main says: opens it, updates it, and closes it when the stack is right.
# Environment: GH_TOKEN, GITHUB_REPOSITORY. Argument: a result directory of at-rest plan.
set -euo pipefail
plans=$1
export GH_REPO=$GITHUB_REPOSITORY
gh label create drift --description "Not as main says" --color d93f0b --force
known=$(gh issue list --label drift --state open --limit 1000 --json number,title)

jq -r '.stacks[] | [.stack, (if .is == "failed" then "failed" elif .empty then "right" else "drifted" end)] | @tsv' "$plans/result.json" |
  while IFS=$'\t' read -r stack is; do
    title="Drift: $stack"
    issue=$(jq -r --arg title "$title" 'map(select(.title == $title)) | .[0].number // empty' <<< "$known")
    body=$(mktemp)
    case $is in
      right)
        [ -z "$issue" ] || gh issue close "$issue" --comment "The stack is as main says again." < /dev/null
        continue
        ;;
      failed) jq -r --arg stack "$stack" '.stacks[] | select(.stack == $stack) | "It could not be planned.\n\n    terraform \(.step): \(.why | gsub("\n"; " "))"' "$plans/result.json" > "$body" ;;
      # What main says is compared with itself: no stage moves at night. 1 says that there are errors, which the text shows.
      drifted) npx at-rest review "$plans/plans/$stack.json" --base-fleet fleet.yaml > "$body" < /dev/null || [ $? -eq 1 ] ;;
    esac
    if [ -n "$issue" ]; then gh issue edit "$issue" --body-file "$body" < /dev/null; else gh issue create --title "$title" --label drift --body-file "$body" < /dev/null; fi
  done
