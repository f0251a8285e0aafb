#!/usr/bin/env bash
# The contract on a service, for cron or any other CI. Takes its settings from the environment:
# BASE_URL, LEAF_TOKEN, LEAF_USER_ID, LEAF_OTHER_USER_ID, and where they are not the usual ones
# REPORT_DIR and LAST_RELEASE (the report.json of the last release, if there is one).
set -euo pipefail
if [[ -z ${BASE_URL:-} ]]; then
    echo "BASE_URL is missing: set it to the endpoint to test" >&2
    exit 4
fi
report=${REPORT_DIR:-contract-report}
last=${LAST_RELEASE:-last-release.json}

# What an earlier run found is not to be taken for what this one did.
rm -f "$report/report.json"
status=0
panorama-contracts --base-url "$BASE_URL" --allow-writes --report-dir="$report" || status=$?
case $status in
    0) echo "the contract holds" ;;
    1) echo "the contract is broken: see $report/index.html" >&2 ;;
    4) echo "the service was not tested" >&2 ;;
    *) echo "the run did not come to its end ($status)" >&2 ;;
esac

if [[ -f $last && -f $report/report.json ]]; then
    compared=0
    python -P -m contracts compare "$last" "$report/report.json" || compared=$?
    if [[ $status -eq 0 ]]; then
        status=$compared
    fi
fi
exit "$status"
