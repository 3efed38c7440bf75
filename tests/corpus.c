/*
 * corpus.c - aum-scan over a folder of foreign files
 *
 *     corpus AUM-SCAN FOLDER
 *
 * Each file below the folder is given alone, with default settings, under its
 * own name and as a copy that is named like a dump. Whatever it holds, aum-scan
 * ends by itself with a status of its own; an error is one line on stderr, and
 * nothing on stdout.
 */
#include <ftw.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "process.h"

#define SECONDS_MAX 100u
#define SLOW_SECONDS 5.0

enum verdict { RANKED, PARTLY, ERROR, CRASH_TOLD, VERDICTS };

static const char *const verdict_names[VERDICTS] = {
    "rankings", "rankings of a part", "errors",
    "crashes or hangs of the library, told as errors"};

struct totals {
    size_t counts[VERDICTS];
    size_t slow;
    size_t failures;
};

/* ---- the files ---- */

static char **paths;
static size_t path_count;

static int add_path(const char *path, const struct stat *status, int type,
                    struct FTW *where)
{
    (void)where;
    if (type != FTW_F || !S_ISREG(status->st_mode))
        return 0;
    paths = realloc(paths, (path_count + 1) * sizeof *paths);
    if (paths == NULL || (paths[path_count++] = strdup(path)) == NULL)
        die(path, "out of memory");
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- judging ---- */

/* Each line is the program's, and of those that are no warnings there is one.
 */
static bool is_one_error(const struct bytes *err)
{
    static const char start[] = "aum-scan: ";
    static const char warning[] = "warning: ";
    size_t errors = 0;
    const char *line = err->data;
    while (*line != '\0') {
        const char *end = strchr(line, '\n');
        if (end == NULL || strncmp(line, start, sizeof start - 1) != 0)
            return false;
        line += sizeof start - 1;
        errors += strncmp(line, warning, sizeof warning - 1) != 0;
        line = end + 1;
    }
    return errors == 1 && line == err->data + err->size;
}

/* NULL, or what is wrong. */
static const char *judge(const struct outcome *o, enum verdict *verdict)
{
    if (o->status == -1)
        return "it had to be killed";
    if (o->status < 0 || o->status > 3)
        return "it died";
    if (o->status == 0 || o->status == 3) {
        *verdict = o->status == 0 ? RANKED : PARTLY;
        return o->out.size > 0 ? NULL : "no ranking";
    }
    *verdict = strstr(o->err.data, "crashed") != NULL ||
                       strstr(o->err.data, "come back") != NULL
                   ? CRASH_TOLD
                   : ERROR;
    if (o->out.size != 0)
        return "an error, but something on stdout";
    return is_one_error(&o->err) ? NULL : "an error, but not of one line";
}

static void try_path(const char *program, const char *path, const char *name,
                     const char *folder, struct totals *totals)
{
    char out[300];
    char err[300];
    char *const argv[] = {(char *)(uintptr_t)program, (char *)(uintptr_t)path,
                          NULL};
    enum verdict verdict = ERROR;
    snprintf(out, sizeof out, "%s/out", folder);
    snprintf(err, sizeof err, "%s/err", folder);
    struct outcome outcome = run_program(argv, out, err, SECONDS_MAX);
    const char *wrong = judge(&outcome, &verdict);
    totals->counts[verdict] += wrong == NULL;
    totals->failures += wrong != NULL;
    totals->slow += outcome.seconds > SLOW_SECONDS;
    if (wrong != NULL || verdict == CRASH_TOLD ||
        outcome.seconds > SLOW_SECONDS)
        printf("# %s: %s; status %d, %.1f s, %ld kB: %.300s%s", name,
               wrong != NULL ? wrong : verdict_names[verdict], outcome.status,
               outcome.seconds, outcome.memory, outcome.err.data,
               strchr(outcome.err.data, '\n') == NULL ? "\n" : "");
    outcome_free(&outcome);
    unlink(out);
    unlink(err);
}

/* Every `step`-th file from `first` on. */
static void try_files(const char *program, size_t first, size_t step,
                      struct totals *totals)
{
    char folder[] = "tests/work/corpusXXXXXX";
    char copy[300];
    if (mkdtemp(folder) == NULL)
        die(folder, strerror(errno));
    snprintf(copy, sizeof copy, "%s/copy.h5", folder);
    for (size_t i = first; i < path_count; i += step) {
        struct bytes all = read_file(paths[i]);
        try_path(program, paths[i], paths[i], folder, totals);
        write_file(copy, all.data, all.size);
        try_path(program, copy, paths[i], folder, totals);
        free(all.data);
    }
    unlink(copy);
    rmdir(folder);
}

struct task {
    const char *program;
    size_t jobs;
    struct totals *totals; /* of each job */
};

static void try_share(void *context, size_t job)
{
    const struct task *task = context;
    try_files(task->program, job, task->jobs, &task->totals[job]);
}

int main(int argc, char **argv)
{
    const size_t jobs = job_count();
    struct totals all = {.failures = 0};
    struct totals *totals =
        mmap(NULL, JOBS_MAX * sizeof *totals, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc != 3 || totals == MAP_FAILED)
        die("corpus", "no program and folder");
    if (nftw(argv[2], add_path, 16, 0) != 0 || path_count == 0)
        die(argv[2], "no files");
    qsort(paths, path_count, sizeof *paths, compare_paths);
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct task task = {argv[1], jobs, totals};
    const bool ended_well = run_jobs(jobs, try_share, &task);
    for (size_t j = 0; j < jobs; j++) {
        all.failures += totals[j].failures;
        all.slow += totals[j].slow;
        for (size_t v = 0; v < VERDICTS; v++)
            all.counts[v] += totals[j].counts[v];
    }
    for (size_t v = 0; v < VERDICTS; v++)
        printf("# %s: %zu\n", verdict_names[v], all.counts[v]);
    printf("# slower than %.0f s: %zu\n", SLOW_SECONDS, all.slow);
    const bool good = all.failures == 0 && ended_well;
    printf("%sok 1 - %zu files, under two names: %zu failures\n1..1\n",
           good ? "" : "not ", path_count, all.failures);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
