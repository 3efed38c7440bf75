/*
 * id_list.c - sample ids as people write them
 */
#include "input/id_list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "input/seen_ids.h"

/* ---- lists ---- */

static bool add_text(struct id_list *list, char *text)
{
    char **texts = list_grow(list->texts, list->count, sizeof *texts);
    if (texts == NULL)
        return false;
    list->texts = texts;
    list->texts[list->count++] = text;
    return true;
}

static bool add_other(struct id_list *list, char *text, uint64_t set)
{
    char **others = list_grow(list->others, list->other_count, sizeof *others);
    if (others == NULL)
        return false;
    list->others = others;
    uint64_t *sets =
        list_grow(list->other_sets, list->other_count, sizeof *sets);
    if (sets == NULL)
        return false;
    list->other_sets = sets;
    list->others[list->other_count] = text;
    list->other_sets[list->other_count++] = set;
    return true;
}

static bool parse_set(const char *text, uint64_t *set)
{
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *set = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

/* Of a plan: the rows of one set. */
static bool take_set(struct id_list *list, size_t id_column, size_t set_column,
                     uint64_t wanted, struct error *error)
{
    const size_t columns[] = {id_column, set_column};
    char *cells[2];
    uint64_t first = 0;
    csv_next_row(&list->file, columns, 2, cells); /* the header */
    while (csv_next_row(&list->file, columns, 2, cells)) {
        uint64_t set = 0;
        if (!parse_set(cells[1], &set) || set == 0) {
            return error_set(
                error,
                "%s: line %zu: \"%s\" is no number of a set (1, 2, "
                "...)",
                list->source, list->file.line,
                cells[1] != NULL ? cells[1] : "");
        }
        first = first == 0 ? set : first;
        if (wanted == 0 && set != first) {
            return error_set(
                error,
                "%s: it has several sets; say with --set which one "
                "this run spent",
                list->source);
        }
        if (cells[0] != NULL &&
            !(wanted == 0 || set == wanted ? add_text(list, cells[0])
                                           : add_other(list, cells[0], set)))
            return error_no_memory_for(error, list->source);
    }
    if (!csv_ended_well(&list->file, error))
        return false;
    if (list->count == 0 && wanted != 0) {
        return error_set(error, "%s: it has no set %" PRIu64, list->source,
                         wanted);
    }
    return true;
}

static bool take_column(struct id_list *list, size_t column)
{
    char *cell;
    csv_next_row(&list->file, &column, 1, &cell); /* the header */
    while (csv_next_row(&list->file, &column, 1, &cell)) {
        if (cell != NULL && !add_text(list, cell))
            return false;
    }
    return true;
}

static bool take_lines(struct id_list *list)
{
    for (char *line; (line = csv_next_line(&list->file)) != NULL;) {
        if (!add_text(list, line))
            return false;
    }
    return true;
}

static bool read_file(struct id_list *list, const char *path, uint64_t set,
                      struct error *error)
{
    memset(list, 0, sizeof *list);
    list->source = path;
    if (!csv_read(&list->file, path, error))
        return false;
    const size_t column = csv_column(&list->file, "sample_id");
    const size_t set_column =
        column != SIZE_MAX ? csv_column(&list->file, "set") : SIZE_MAX;
    if (column != SIZE_MAX && set_column != SIZE_MAX) {
        if (!take_set(list, column, set_column, set, error))
            return false;
    } else if (!(column != SIZE_MAX ? take_column(list, column)
                                    : take_lines(list))) {
        return error_no_memory_for(error, path);
    }
    return csv_ended_well(&list->file, error);
}

bool id_list_has_any(const struct id_list *list, struct error *error)
{
    return list->count > 0 ||
           error_set(error, "%s: %s", list->source,
                     "no sample ids in it; one at least has to "
                     "be there");
}

/* Leaves out ids that came before. */
static bool drop_repeated(struct id_list *list, struct error *error)
{
    struct seen_ids seen = {.count = 0};
    const size_t count = list->count;
    bool good = true;
    list->count = 0;
    for (size_t i = 0; good && i < count; i++) {
        size_t before;
        list->texts[list->count] = list->texts[i];
        good = seen_ids_add(&seen, list->texts, &before);
        if (before == SIZE_MAX)
            list->count++;
        else if (list->repeated++ == 0)
            list->first_repeated = list->texts[before];
    }
    seen_ids_free(&seen);
    return good || error_no_memory_for(error, list->source);
}

bool id_list_read(struct id_list *list, const char *path, uint64_t set,
                  struct error *error)
{
    return read_file(list, path, set, error) && drop_repeated(list, error) &&
           id_list_has_any(list, error);
}

bool id_list_parse(struct id_list *list, const char *text, struct error *error)
{
    if (*text == '@')
        return read_file(list, text + 1, 0, error);
    memset(list, 0, sizeof *list);
    list->source = text;
    list->copy = strdup(text);
    bool good = list->copy != NULL;
    for (char *at = list->copy; good && at != NULL;) {
        char *comma = strchr(at, ',');
        if (comma != NULL)
            *comma = '\0';
        good = *at == '\0' || add_text(list, at);
        at = comma != NULL ? comma + 1 : NULL;
    }
    if (!good)
        return error_no_memory_for(error, text);
    return id_list_has_any(list, error);
}

void id_list_free(struct id_list *list)
{
    free(list->texts);
    free(list->others);
    free(list->other_sets);
    free(list->copy);
    csv_free(&list->file);
    memset(list, 0, sizeof *list);
}

/* ---- values ---- */

/* An integer of a kind. One that this kind cannot express is no sample's:
 * *fits is false. */
static bool parse_id(const char *text, enum aum_id_kind kind, uint64_t *value,
                     bool *fits)
{
    char *end;
    const char *digits = text + (*text == '-' || *text == '+');
    if (*digits < '0' || *digits > '9')
        return false;
    errno = 0;
    *value = kind == AUM_IDS_UINT64 ? strtoull(digits, &end, 10)
                                    : (uint64_t)strtoll(text, &end, 10);
    *fits = errno == 0 && !(kind == AUM_IDS_UINT64 && *text == '-');
    return *end == '\0';
}

static bool parse_integers(struct id_values *values, char *const *texts,
                           size_t count, enum aum_id_kind kind,
                           const char *source, struct error *error)
{
    uint64_t *numbers = values->memory;
    for (size_t i = 0; i < count; i++) {
        bool fits = true;
        if (!parse_id(texts[i], kind, &numbers[values->count], &fits)) {
            return error_set(
                error,
                "%s: \"%s\" is no id of these dumps, whose ids are "
                "integers",
                source, texts[i]);
        }
        if (fits)
            values->which[values->count++] = i;
    }
    return true;
}

bool id_values_parse(struct id_values *values, char *const *texts, size_t count,
                     enum aum_id_kind kind, const char *source,
                     struct error *error)
{
    memset(values, 0, sizeof *values);
    values->which = malloc((count + 1) * sizeof *values->which);
    values->memory =
        kind != AUM_IDS_STRING ? malloc((count + 1) * sizeof(uint64_t)) : NULL;
    if (values->which == NULL ||
        (kind != AUM_IDS_STRING && values->memory == NULL))
        return error_no_memory_for(error, source);
    values->ids.kind = kind;
    if (kind != AUM_IDS_STRING) {
        values->ids.values = values->memory;
        return parse_integers(values, texts, count, kind, source, error);
    }
    values->ids.values = texts;
    values->count = count;
    for (size_t i = 0; i < count; i++)
        values->which[i] = i;
    return true;
}

void id_values_free(struct id_values *values)
{
    free(values->which);
    free(values->memory);
    memset(values, 0, sizeof *values);
}

bool id_list_mark(const struct id_list *list, struct aum_tally *tally,
                  size_t *found, struct error *error)
{
    struct id_values values;
    *found = 0;
    bool good = id_values_parse(&values, list->texts, list->count,
                                aum_tally_id_kind(tally), list->source, error);
    if (good) {
        enum aum_status status =
            aum_tally_mark_threshold(tally, values.ids, values.count, found);
        good = status == AUM_OK ||
               error_set(error, "%s: %s", list->source, aum_strerror(status));
    }
    id_values_free(&values);
    return good;
}
