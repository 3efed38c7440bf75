/*
 * class_file.c - a file with the names of the classes
 */
#include "input/class_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "input/csv_file.h"

/* Adds the name of the next class, which is at `line`. */
static bool add(struct class_names *names, const char *name,
                const struct csv_file *file, size_t line, struct error *error)
{
    switch (class_names_add(names, name, strlen(name))) {
    case CLASS_NAME_ADDED:
        return true;
    case CLASS_NAME_TWICE:
        return error_set(error,
                         "%s: line %zu: two classes are called %.200s; each "
                         "needs its own name",
                         file->path, line, name);
    case CLASS_NAMES_TOO_MANY:
        return error_set(error, "%s: line %zu: more than %u classes, or no name",
                         file->path, line, CLASS_NAMES_MAX);
    default:
        return error_no_memory_for(error, file->path);
    }
}

/* A row of the CSV. */
struct row {
    uint32_t class_number;
    size_t line;
    const char *name;
};

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    return (x->class_number > y->class_number) -
           (x->class_number < y->class_number);
}

static bool parse_row(const struct csv_file *file, char *const cells[2],
                      const struct class_labels *labels, struct row *row,
                      struct error *error)
{
    char *end = NULL;
    errno = 0;
    const long long label = cells[0] != NULL ? strtoll(cells[0], &end, 10) : 0;
    row->line = file->line;
    row->name = cells[1];
    if (cells[0] == NULL || cells[1] == NULL || errno != 0 || *end != '\0' ||
        end == cells[0])
        return error_set(error,
                         "%s: line %zu: not the label of a class and its name",
                         file->path, file->line);
    return class_of_label(labels, label, &row->class_number) ||
           error_set(error,
                     "%s: line %zu: no class has the label %lld; the first "
                     "one is %" PRId64,
                     file->path, file->line, label, labels->first);
}

/* The rows of a CSV, in any order. */
static bool read_csv(struct class_names *names, struct csv_file *file,
                     const size_t columns[2],
                     const struct class_labels *labels, struct error *error)
{
    struct row *rows = NULL;
    size_t count = 0;
    char *cells[2];
    bool good = true;
    csv_next_row(file, columns, 2, cells); /* the header */
    while (good && csv_next_row(file, columns, 2, cells)) {
        struct row *grown = realloc(rows, (count + 1) * sizeof *rows);
        good = grown != NULL || error_no_memory_for(error, file->path);
        rows = grown != NULL ? grown : rows;
        good = good && parse_row(file, cells, labels, &rows[count++], error);
    }
    if (good && count > 0)
        qsort(rows, count, sizeof *rows, compare_rows);
    for (size_t i = 0; good && i < count; i++) {
        if (rows[i].class_number != i)
            good = error_set(error,
                             "%s: the class with the label %" PRId64
                             " has no name, or two",
                             file->path, class_label(labels, (uint32_t)i));
        else
            good = add(names, rows[i].name, file, rows[i].line, error);
    }
    free(rows);
    return good;
}

static bool read_lines(struct class_names *names, struct csv_file *file,
                       struct error *error)
{
    const char *line;
    while ((line = csv_next_line(file)) != NULL) {
        if (!add(names, line, file, file->line, error))
            return false;
    }
    return true;
}

bool class_file_read(struct class_names *names, const char *path,
                     const struct class_labels *labels, struct error *error)
{
    struct csv_file file;
    if (!csv_read(&file, path, error)) {
        csv_free(&file);
        return false;
    }
    const size_t columns[2] = {csv_column(&file, "index"),
                               csv_column(&file, "name")};
    bool good = columns[0] != SIZE_MAX && columns[1] != SIZE_MAX
                    ? read_csv(names, &file, columns, labels, error)
                    : read_lines(names, &file, error);
    good = good && csv_ended_well(&file, error);
    if (good && names->count == 0)
        good = error_set(error, "%s: has no names", path);
    csv_free(&file);
    return good;
}
