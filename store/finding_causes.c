#include "store/finding_causes.h"

#include <stdlib.h>
#include <string.h>

/* Whom the rows of a cause are about, sorted. */
struct cause {
	const char *code;
	int64_t *flows;
	uint64_t *addresses;
	size_t flow_count, address_count;
	bool everything;
};

static int by_flow(const void *a, const void *b)
{
	int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
	return (one > other) - (one < other);
}

static int by_address(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
	return (one > other) - (one < other);
}

/* A row with an address speaks of that; without one, of its flow. */
static int cause_read(struct cause *cause, const struct finding_rows *rows)
{
	*cause = (struct cause){
		.code = rows->file->code,
		.flows = calloc(rows->subject_count + 1, sizeof(*cause->flows)),
		.addresses = calloc(rows->subject_count + 1, sizeof(*cause->addresses)),
	};
	if (!cause->flows || !cause->addresses)
		return SQLITE_NOMEM;
	for (size_t i = 0; i < rows->subject_count; i++) {
		const struct subject *subject = &rows->subjects[i];
		if (subject->address == ADDRESS_ALL)
			cause->everything = true;
		else if (subject->address)
			cause->addresses[cause->address_count++] = subject->address;
		else if (subject->flow_id != ROW_NOTHING)
			cause->flows[cause->flow_count++] = subject->flow_id;
	}
	qsort(cause->flows, cause->flow_count, sizeof(*cause->flows), by_flow);
	qsort(cause->addresses, cause->address_count, sizeof(*cause->addresses), by_address);
	return SQLITE_OK;
}

static void cause_clear(struct cause *cause)
{
	free(cause->flows);
	free(cause->addresses);
}

static bool has_address(const struct cause *cause, uint64_t address)
{
	return bsearch(&address, cause->addresses, cause->address_count, sizeof(address), by_address);
}

/* Is one of the flow's ends an address of the cause? */
static bool flow_has_address(const struct cause *cause, int64_t flow_id, sqlite3_stmt *ends)
{
	bool found = false;
	sqlite3_bind_int64(ends, 1, flow_id);
	if (sqlite3_step(ends) == SQLITE_ROW)
		for (int i = 0; i < 2; i++) {
			const char *address = (const char *)sqlite3_column_text(ends, i);
			found |= address && has_address(cause, address_hash(address));
		}
	sqlite3_reset(ends);
	return found;
}

static bool covers(const struct cause *cause, const struct subject *subject, sqlite3_stmt *ends)
{
	if (cause->everything)
		return true;
	if (subject->address)
		return has_address(cause, subject->address);
	if (subject->flow_id == ROW_NOTHING)
		return false;
	return bsearch(&subject->flow_id, cause->flows, cause->flow_count, sizeof(subject->flow_id), by_flow) ||
	       (cause->address_count && flow_has_address(cause, subject->flow_id, ends));
}

static struct finding_rows *find(struct finding_rows *const *list, size_t count, const char *code)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i]->file->code, code))
			return list[i];
	return NULL;
}

/* Does what explains `rows`, or what explains that in turn, lead to `effect`? */
static bool comes_of(struct finding_rows *const *list, size_t count, const struct finding_rows *rows, const struct finding_rows *effect)
{
	for (size_t steps = 0; rows && rows->explained_by && steps < count; steps++) {
		rows = find(list, count, rows->explained_by);
		if (rows == effect)
			return true;
	}
	return false;
}

static void explain(const struct cause *cause, struct finding_rows *effect, sqlite3_stmt *ends)
{
	size_t explained = 0;
	for (size_t i = 0; i < effect->subject_count; i++) {
		struct subject *subject = &effect->subjects[i];
		if (!subject->explained_by && covers(cause, subject, ends))
			subject->explained_by = cause->code;
		explained += subject->explained_by != NULL;
	}
	if (explained == effect->count)
		effect->explained_by = effect->subjects[0].explained_by;
}

int finding_causes_apply(sqlite3 *db, struct finding_rows *const *list, size_t count)
{
	sqlite3_stmt *ends = NULL;
	int code = sqlite3_prepare_v2(db, "SELECT client_ip, server_ip FROM main.flows WHERE id = ?", -1, &ends, NULL);
	for (size_t i = 0; i < count && !code; i++) {
		const struct finding_file *file = list[i]->file;
		struct cause cause;
		if (!file->explains_count)
			continue;
		code = cause_read(&cause, list[i]);
		for (size_t j = 0; j < file->explains_count && !code; j++) {
			struct finding_rows *effect = find(list, count, file->explains[j]);
			if (effect && effect != list[i] && !comes_of(list, count, list[i], effect))
				explain(&cause, effect, ends);
		}
		cause_clear(&cause);
	}
	sqlite3_finalize(ends);
	return code;
}
