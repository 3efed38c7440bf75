/*
 * mutants.c - aum-scan over damaged copies of the fixtures
 *
 *     mutants AUM-SCAN FIXTURES...
 *
 * Most mutants are a fixture with 1 to 16 bytes changed, or cut short. Whatever
 * the HDF5 library does with it, aum-scan has to end within five seconds, in
 * bounded memory, and in one of these ways: with an error of one line and
 * nothing on stdout; with the ranking of the undamaged file; or, as not all
 * bytes have checksums, with another ranking that is whole and finite. All of a
 * state has checksums.
 *
 * One in eight is a state in which no check sum is wrong, but what it says (see
 * mutate_state.c). Such a state is an input alone, or with the dump that it was
 * made from, which is written NAME.state:DUMP. No library dies of it: an error
 * or a ranking it has to be.
 *
 * AUM_MUTANTS is how many (500), AUM_TEST_SEED where to start.
 */
#include <math.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "mutate_state.h"
#include "process.h"
#include "common/sanitized.h"
#include "suite.h"

#define SECONDS_MAX 5.0
#ifdef SANITIZED /* which knows no limit */
#define MEMORY_MAX (4096l * 1024)
#else
#define MEMORY_MAX (256l * 1024) /* kB; fixtures are small */
#endif
/* Chunks of any size may be behind a virtual dataset. */
#define VIRTUAL_MEMORY_MAX (MEMORY_MAX + 1024l * 1024)

/* ---- running ---- */

static const char *scan_program;
static char out_path[256];
static char err_path[256];

/* A dump alone; or a state, and a dump or NULL. */
static struct outcome run(const char *path, const char *dump)
{
    char state[300];
    char *argv[] = {(char *)(uintptr_t)scan_program, "-q",
                    (char *)(uintptr_t)path, NULL, NULL};
    if (dump != NULL) {
        snprintf(state, sizeof state, "--state=%s", path);
        argv[2] = state;
        argv[3] = (char *)(uintptr_t)dump;
    }
    return run_program(argv, out_path, err_path, (unsigned)SECONDS_MAX + 10);
}

/* ---- judging ---- */

/* A ranking: its header, then rows whose ranks count up and whose AUMs are
 * finite and never fall. (Ids with commas or line ends are not looked into.) */
static const char *check_ranking(const char *text)
{
    static const char header[] = "rank,sample_id,label,aum,measurements,"
                                 "flagged,suggested_label,suggested_share\n";
    double last = -INFINITY;
    if (strncmp(text, header, sizeof header - 1) != 0)
        return "its header is wrong";
    if (strchr(text, '"') != NULL)
        return NULL;
    text += sizeof header - 1;
    for (unsigned long rank = 1; *text != '\0'; rank++) {
        unsigned long found;
        unsigned long label;
        double aum;
        int end = 0;
        if (sscanf(text, "%lu,%*[^,],%lu,%lf,%n", &found, &label, &aum, &end) !=
                3 ||
            end == 0 || found != rank)
            return "a row is wrong";
        if (!isfinite(aum) || aum < last)
            return "an AUM is not finite, or out of order";
        last = aum;
        text = strchr(text, '\n');
        if (text == NULL)
            return "it is cut short";
        text++;
    }
    return NULL;
}

static bool is_one_line(const struct bytes *err)
{
    static const char start[] = "aum-scan: ";
    const char *end = strchr(err->data, '\n');
    return strncmp(err->data, start, sizeof start - 1) == 0 && end != NULL &&
           end[1] == '\0' && strlen(err->data) == err->size;
}

enum verdict { SAME, OTHER, ERROR, CRASH_TOLD, VERDICTS };

static bool is_state(const char *fixture)
{
    return strstr(fixture, ".state") != NULL;
}

/* NULL, or what is wrong. Is the damage such that check sums tell of it? */
static const char *judge(const char *fixture, const struct outcome *o,
                         const struct bytes *expected, bool told,
                         enum verdict *verdict)
{
    const bool mapped = strstr(fixture, "virtual") != NULL;
    if (o->seconds > SECONDS_MAX)
        return "took too long";
    if (o->memory > (mapped ? VIRTUAL_MEMORY_MAX : MEMORY_MAX))
        return "took too much memory";
    /* A sanitizer that catches the HDF5 library is as good as a crash. That of
     * clang has no names in the sandbox, where it cannot start a program that
     * knows them. */
    if (strstr(o->err.data, "AddressSanitizer") != NULL &&
        (strstr(o->err.data, " in H5") != NULL ||
         strstr(o->err.data, "external symbolizer") != NULL) &&
        strstr(o->err.data, "the HDF5 library crashed") != NULL) {
        *verdict = CRASH_TOLD;
        return NULL;
    }
    if (o->status == 1) {
        *verdict = strstr(o->err.data, "crashed") != NULL ||
                           strstr(o->err.data, "come back") != NULL
                       ? CRASH_TOLD
                       : ERROR;
        if (o->out.size != 0)
            return "an error, but something on stdout";
        return is_one_line(&o->err) ? NULL : "an error, but not of one line";
    }
    if (o->status != 0)
        return "died";
    *verdict = o->out.size == expected->size &&
                       memcmp(o->out.data, expected->data, expected->size) == 0
                   ? SAME
                   : OTHER;
    if (*verdict == OTHER && is_state(fixture) && told)
        return "another ranking, although all of it has check sums";
    if (o->err.size != 0)
        return "it says something all the same";
    return strlen(o->out.data) == o->out.size ? check_ranking(o->out.data)
                                              : "a NUL on stdout";
}

/* ---- mutants ---- */

static void mutate(struct bytes *copy, uint64_t *state)
{
    if (random_below(state, 8) == 0) {
        copy->size = random_below(state, copy->size + 1);
        return;
    }
    /* What is not data is mostly at the start. */
    const bool early = random_below(state, 2) == 0;
    const size_t end = early && copy->size > 4096 ? 4096 : copy->size;
    const uint64_t changes = 1 + random_below(state, 16);
    for (uint64_t i = 0; i < changes; i++) {
        const size_t at = random_below(state, end);
        const uint64_t value = random_next(state);
        switch (random_below(state, 4)) {
        case 0:
            copy->data[at] = (char)(copy->data[at] ^ 1 << value % 8);
            break;
        case 1:
            copy->data[at] = value % 2 == 0 ? 0 : (char)0xff;
            break;
        default:
            copy->data[at] = (char)value;
            break;
        }
    }
}

/* What all processes together have seen; each has an element. */
struct totals {
    size_t counts[VERDICTS];
    size_t states;
    size_t failures;
};

static const char *scratch_folder;

static void keep(const char *kind, size_t number, const struct bytes *mutant,
                 char path[300])
{
    snprintf(path, 300, "tests/work/%s_%zu.h5", kind, number);
    write_file(path, mutant->data, mutant->size);
}

/* A fixture, read when it is needed first. */
struct fixture {
    const char *name;
    char *path;
    const char *dump; /* of a state */
    struct bytes whole;
    struct bytes expected;
};

/* In a process of its own, as what is started from this one counts its memory
 * as its own. */
static void mutate_file(const char *path, uint64_t random)
{
    int status;
    const pid_t pid = fork();
    if (pid == 0)
        _exit(mutate_state(path, &random) ? EXIT_SUCCESS : EXIT_FAILURE);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        die(path, "cannot be mutated");
}

/* Writes a mutant and reads it again. */
static struct bytes make_mutant(const struct fixture *fixture, bool structured,
                                uint64_t *random, const char *path)
{
    const struct bytes *whole = &fixture->whole;
    struct bytes copy = {malloc(whole->size + 1), whole->size};
    if (copy.data == NULL)
        die("mutants", "out of memory");
    memcpy(copy.data, whole->data, copy.size);
    if (!structured)
        mutate(&copy, random);
    write_file(path, copy.data, copy.size);
    if (!structured)
        return copy;
    free(copy.data);
    mutate_file(path, random_next(random));
    return read_file(path);
}

/* Makes a mutant, runs it and judges. */
static void try_mutant(size_t number, uint64_t seed, const struct fixture *from,
                       bool structured, uint64_t *random, const char *path,
                       struct totals *totals)
{
    char kept[300];
    const char *fixture = from->name;
    struct bytes copy = make_mutant(from, structured, random, path);
    const char *dump =
        structured && random_below(random, 2) == 0 ? from->dump : NULL;
    struct outcome outcome = run(path, dump);
    enum verdict verdict = ERROR;
    const char *wrong =
        judge(fixture, &outcome, &from->expected, !structured, &verdict);
    if (wrong == NULL && structured && verdict == CRASH_TOLD)
        wrong = "a file that is in order crashed it";
    totals->counts[verdict]++;
    totals->states += structured;
    if (verdict == CRASH_TOLD) {
        keep("crash", number, &copy, kept);
        printf("# mutant %zu of %s, kept as %s: %s", number, fixture, kept,
               outcome.err.data);
    }
    if (wrong != NULL) {
        keep("mutant", number, &copy, kept);
        printf("# mutant %zu of %s (seed %llu), kept as %s: %s; status %d, "
               "%.1f s, %ld kB: %.300s\n",
               number, fixture, (unsigned long long)seed, kept, wrong,
               outcome.status, outcome.seconds, outcome.memory,
               outcome.err.data);
        totals->failures++;
    }
    free(copy.data);
    outcome_free(&outcome);
}

/* Every `step`-th mutant from `first` on. */
static void try_mutants(size_t first, size_t step, size_t count, uint64_t seed,
                        struct fixture *fixtures, size_t fixture_count,
                        size_t state_count, struct totals *totals)
{
    char path[256];
    snprintf(path, sizeof path, "%s/mutant%zu.h5", scratch_folder, first);
    snprintf(out_path, sizeof out_path, "%s/out%zu", scratch_folder, first);
    snprintf(err_path, sizeof err_path, "%s/err%zu", scratch_folder, first);
    for (size_t i = first; i < count; i += step) {
        uint64_t random = seed + i * 0x9e3779b97f4a7c15u;
        const bool structured = i % 8 == 7 && state_count > 0;
        const size_t f =
            random_below(&random, structured ? state_count : fixture_count);
        struct fixture *fixture = &fixtures[f];
        if (fixture->whole.data == NULL) {
            fixture->whole = read_file(fixture->path);
            struct outcome good = run(fixture->path, NULL);
            fixture->expected = good.out;
            free(good.err.data);
        }
        try_mutant(i, seed, fixture, structured, &random, path, totals);
    }
    for (size_t i = 0; i < fixture_count; i++) {
        free(fixtures[i].whole.data);
        free(fixtures[i].expected.data);
    }
    unlink(path);
    unlink(out_path);
    unlink(err_path);
}

/* "NAME.state:DUMP" is a state and the dump it was made from. States come
 * first. */
static struct fixture *name_fixtures(char **names, size_t count,
                                     size_t *state_count)
{
    struct fixture *fixtures = calloc(count + 1, sizeof *fixtures);
    size_t used = 0;
    if (fixtures == NULL)
        die("mutants", "out of memory");
    for (int states = 1; states >= 0; states--) {
        for (size_t i = 0; i < count; i++) {
            if (is_state(names[i]) != (states == 1))
                continue;
            struct fixture *fixture = &fixtures[used++];
            char *colon = states ? strchr(names[i], ':') : NULL;
            fixture->name = names[i];
            fixture->path = names[i];
            fixture->dump = colon != NULL ? colon + 1 : NULL;
            if (colon != NULL)
                *colon = '\0';
        }
        if (states == 1)
            *state_count = used;
    }
    return fixtures;
}

struct task {
    size_t jobs;
    size_t mutants;
    uint64_t seed;
    struct fixture *fixtures;
    size_t fixture_count;
    size_t state_count;
    struct totals *totals; /* of each job */
};

static void try_share(void *context, size_t job)
{
    const struct task *task = context;
    try_mutants(job, task->jobs, task->mutants, task->seed, task->fixtures,
                task->fixture_count, task->state_count, &task->totals[job]);
}

int main(int argc, char **argv)
{
    static const char *const names[VERDICTS] = {"same ranking", "other ranking",
                                                "error", "crash told as error"};
    const size_t mutants = number_from("AUM_MUTANTS", 500);
    const uint64_t seed = random_seed(5);
    const size_t jobs = job_count();
    char folder[] = "tests/work/mutantsXXXXXX";
    struct totals all = {.failures = 0};
    struct totals *totals =
        mmap(NULL, JOBS_MAX * sizeof *totals, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc < 3 || totals == MAP_FAILED || mkdtemp(folder) == NULL)
        die("mutants", "no fixtures, or no folder to work in");
    scan_program = argv[1];
    scratch_folder = folder;
    setvbuf(stdout, NULL, _IOLBF, 0);
    setenv("AUM_CALL_SECONDS", "2", 1);
    size_t state_count = 0;
    struct fixture *fixtures =
        name_fixtures(argv + 2, (size_t)argc - 2, &state_count);
    struct task task = {jobs,        mutants, seed, fixtures, (size_t)argc - 2,
                        state_count, totals};
    const bool ended_well = run_jobs(jobs, try_share, &task);
    for (size_t j = 0; j < jobs; j++) {
        all.failures += totals[j].failures;
        all.states += totals[j].states;
        for (size_t v = 0; v < VERDICTS; v++)
            all.counts[v] += totals[j].counts[v];
    }
    for (size_t v = 0; v < VERDICTS; v++)
        printf("# %s: %zu\n", names[v], all.counts[v]);
    printf("# of all these, states with right check sums: %zu\n", all.states);
    const bool good = all.failures == 0 && ended_well;
    printf("%sok 1 - %zu mutants (seed %llu): %zu failures\n1..1\n",
           good ? "" : "not ", mutants, (unsigned long long)seed, all.failures);
    rmdir(folder);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
