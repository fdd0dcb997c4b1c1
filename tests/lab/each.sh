# shellcheck shell=bash disable=SC2154 # the scripts that source it set `folder`, `work` and `jobs`, and have check_scenario
# each.sh: what check and locate share: check_scenario FOLDER of each scenario, several at a time, and the sum of what it says, in lines of
# `line`, `fail`, `passed` or `skipped`, each with a tab and its text.

# check_each [SCENARIO]...: those in `folder`, or of these the named ones.
check_each() {
	local truth name names=()
	for truth in "$folder"/*/truth.json; do
		[[ -e $truth ]] || { echo "${0##*/}: nothing in $folder; run tests/lab/run all" >&2; exit 2; }
		name=$(basename "$(dirname "$truth")")
		(($# == 0)) || [[ " $* " == *" $name "* ]] || continue
		names+=("$name")
		while (($(jobs -rp | wc -l) >= jobs)); do wait -n; done
		check_scenario "$(dirname "$truth")" >"$work/$name.said" &
	done
	wait
	for name in "${names[@]}"; do sed "s/^/$name\t/" "$work/$name.said"; done | awk -F '\t' '
		$2 == "line" {print $3}
		$2 == "skipped" {print $3; skipped++}
		$2 == "fail" {print "  failed: " $1 ": " $3; failed++}
		$2 == "passed" {passed += $3}
		END {
			printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
			exit failed > 0 || passed == 0
		}'
}
