/*
 * names.c - what the names of files and groups tell
 */
#include "common/names.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) != 0;
}

/* Compares the digit runs at *a and *b as numbers of any length and moves
 * behind them. */
static int compare_numbers(const char **a, const char **b)
{
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    int order = 0; /* by the first digit that differs, if equally long */
    for (; is_digit(**a) && is_digit(**b); ++*a, ++*b) {
        if (order == 0)
            order = **a - **b;
    }
    if (is_digit(**a))
        return 1;
    if (is_digit(**b))
        return -1;
    return order;
}

int names_compare(const char *a, const char *b)
{
    const char *p = a;
    const char *q = b;
    while (*p != '\0' && *q != '\0') {
        if (is_digit(*p) && is_digit(*q)) {
            int order = compare_numbers(&p, &q);
            if (order != 0)
                return order;
        } else if (*p != *q) {
            return (unsigned char)*p - (unsigned char)*q;
        } else {
            p++;
            q++;
        }
    }
    if (*p != *q)
        return *p != '\0' ? 1 : -1;
    return strcmp(a, b); /* 01 and 1 */
}

/* Reads the digits at *p and moves behind them; false if they are too many. */
static bool read_number(const char **p, int64_t *number)
{
    int64_t value = 0;
    bool fits = true;
    for (; is_digit(**p); ++*p) {
        int digit = **p - '0';
        fits = fits && value <= (INT64_MAX - digit) / 10;
        value = fits ? value * 10 + digit : value;
    }
    *number = value;
    return fits;
}

static size_t count_digits(const char *p)
{
    return strspn(p, "0123456789");
}

/* The length of the exponent after a number that ends at `p`, such as e3 or
 * e+06; 0 if there is none. */
static size_t exponent_length(const char *p)
{
    if (*p != 'e' && *p != 'E')
        return 0;
    const size_t sign = p[1] == '+' || p[1] == '-';
    const size_t digits = count_digits(p + 1 + sign);
    return digits > 0 && !is_letter(p[1 + sign + digits]) ? 1 + sign + digits
                                                          : 0;
}

/* ---- the number after a keyword ---- */

/* Where the word ends that stands before `p`, separators left out, and its
 * length in letters: of "max_|epoch" that of "max". */
static size_t word_before(const char *name, const char *p, const char **word)
{
    while (p > name && strchr("_-=:. ", p[-1]) != NULL)
        p--;
    const char *end = p;
    while (p > name && is_letter(p[-1]))
        p--;
    *word = p;
    return (size_t)(end - p);
}

/* Is it one of these words, up to NULL? */
static bool is_word(const char *word, size_t length, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strlen(*words) == length && strncasecmp(word, *words, length) == 0)
            return true;
    }
    return false;
}

/* "max_epoch", "maxepoch": how many there are, not which one this is. */
static bool is_amount(const char *name, const char *keyword)
{
    static const char *const words[] = {"max", "num", "n",      "nb",  "total",
                                        "of",  "per", "warmup", "all", NULL};
    const char *word;
    const size_t length = word_before(name, keyword, &word);
    return is_word(word, length, words);
}

/* What may follow the number of a keyword. */
enum tail {
    TAIL_LETTERS = 1, /* epoch3step100 */
    TAIL_EXPONENT = 2 /* epoch_1e3, an error; "e1e3" may be part of a hash */
};

/* What follows a keyword at *p: a number, with its sign? */
static enum names_epoch read_epoch(const char *p, unsigned tail, int64_t *epoch)
{
    const size_t separators = strspn(p, "_-=:. ");
    const bool negative = separators >= 2 && p[separators - 1] == '-' &&
                          strcspn(p, "-_=:") < separators - 1;
    p += separators;
    if (!is_digit(*p))
        return NAMES_NO_EPOCH;
    if (!read_number(&p, epoch))
        return NAMES_TOO_LARGE;
    if (tail & TAIL_EXPONENT && exponent_length(p) > 0)
        return NAMES_EXPONENT;
    if (is_letter(*p) && !(tail & TAIL_LETTERS))
        return NAMES_NO_EPOCH;
    if (negative)
        *epoch = -*epoch;
    if (*p != '.' || !is_digit(p[1]))
        return NAMES_EPOCH;
    const char *end = p + 1 + count_digits(p + 1);
    if (tail & TAIL_EXPONENT && exponent_length(end) > 0)
        return NAMES_EXPONENT;
    p += 1 + strspn(p + 1, "0");
    return is_digit(*p) ? NAMES_FRACTION : NAMES_EPOCH;
}

enum names_epoch names_epoch_after_keyword(const char *name, int64_t *epoch)
{
    static const struct {
        const char *word;
        unsigned tail;
    } keywords[] = {{"epoch", TAIL_LETTERS | TAIL_EXPONENT},
                    {"ep", TAIL_EXPONENT},
                    {"e", 0},
                    {"checkpoint", TAIL_EXPONENT}};
    for (size_t k = 0; k < sizeof keywords / sizeof *keywords; k++) {
        const char *word = keywords[k].word;
        const size_t length = strlen(word);
        enum names_epoch found = NAMES_NO_EPOCH;
        for (const char *p = name; *p != '\0'; p++) {
            if (strncasecmp(p, word, length) != 0 || is_amount(name, p))
                continue;
            /* The others end many words (step_3): they must start one. */
            if (k > 0 && p > name && (is_letter(p[-1]) || is_digit(p[-1])))
                continue;
            int64_t number;
            const enum names_epoch now =
                read_epoch(p + length, keywords[k].tail, &number);
            if (now == NAMES_NO_EPOCH)
                continue;
            found = now;
            *epoch = number;
        }
        if (found != NAMES_NO_EPOCH)
            return found;
    }
    return NAMES_NO_EPOCH;
}

/* ---- other numbers ---- */

/* The first of these say which part of an epoch something is. */
static const char *const part_words[] = {
    "rank", "shard", "part",  "of",     "worker", "gpu", "device",
    "node", "img",   "image", "sample", "batch",  NULL};

/* These number what is no epoch: runs, sizes, and kinds of samples. */
static const char *const other_words[] = {
    "bs",      "fold",  "seed",    "run",     "trial",  "exp",   "job",
    "v",       "ver",   "version", "model",   "shadow", "lr",    "wd",
    "scene",   "slide", "patient", "subject", "case",   "video", "clip",
    "frame",   "user",  "segment", "tile",    "client", "layer", "class",
    "cls",     "head",  "vgg",     "vit",     "net",    "cifar", "split",
    "dataset", NULL};

/* Does a number at `p` follow one of these words, as in rank_0 and 0_of_4? */
static bool follows_word(const char *name, const char *p,
                         const char *const *words)
{
    const char *word;
    const size_t length = word_before(name, p, &word);
    if (length > 3 && strncasecmp(word + length - 3, "net", 3) == 0)
        return words == other_words; /* resnet18, efficientnet_4 */
    return length > 0 && is_word(word, length, words);
}

/* "00000-of-00008": the number before "of" is that of a part. */
static bool precedes_of(const char *end)
{
    end += strspn(end, "_- ");
    return strncasecmp(end, "of", 2) == 0 && !is_letter(end[2]);
}

bool names_is_part(const char *name, const char *number, const char *end)
{
    return follows_word(name, number, part_words) || precedes_of(end);
}

/* The length of so many digits after a separator, if one of `gaps`; 0 if they
 * are more or fewer. */
static size_t field_length(const char *p, const char *gaps, size_t digits)
{
    if (*p == '\0' || strchr(gaps, *p) == NULL)
        return 0;
    return count_digits(p + 1) == digits ? digits + 1 : 0;
}

/* The length of a time of hours and minutes, perhaps seconds: _12-00-00. */
static size_t time_length(const char *p)
{
    const size_t whole =
        field_length(p, "_-T ", 4) + field_length(p, "_-T ", 6);
    const size_t hours = field_length(p, "_-T ", 2);
    const size_t minutes = hours > 0 ? field_length(p + hours, "-_:.h", 2) : 0;
    if (minutes == 0)
        return whole;
    return hours + minutes + field_length(p + hours + minutes, "-_:.m", 2);
}

static bool is_year(const char *p)
{
    return strncmp(p, "19", 2) == 0 || strncmp(p, "20", 2) == 0;
}

/* The length of a date that ends with the year: 10-05-2024. */
static size_t date_to_year(const char *p)
{
    const size_t month = field_length(p + 2, "-_.", 2);
    const size_t year = month > 0 ? field_length(p + 2 + month, "-_.", 4) : 0;
    return year > 0 && is_year(p + 2 + month + 1) ? 2 + month + year : 0;
}

/* The length of a date, and of the time after it, that start at `p`; 0 if none
 * does: 2024-05-10_12-00-00, 20240510T120000. */
static size_t date_length(const char *p)
{
    const size_t first = count_digits(p);
    if (first == 2) {
        const size_t date = date_to_year(p);
        return date > 0 ? date + time_length(p + date) : 0;
    }
    if ((first != 4 && first != 8) || !is_year(p))
        return 0;
    size_t length = first;
    if (first == 4) {
        const size_t month = field_length(p + 4, "-_.", 2);
        const size_t day =
            month > 0 ? field_length(p + 4 + month, "-_.", 2) : 0;
        if (day == 0)
            return 0;
        length += month + day;
    }
    return length + time_length(p + length);
}

/* Is the "-" before a number its sign, as in t_-2 and in -2? */
static bool is_negative(const char *name, const char *p)
{
    return p > name && p[-1] == '-' &&
           (p - name == 1 || strchr("-_=: /", p[-2]) != NULL);
}

size_t names_bare_numbers(const char *name, int64_t numbers[NAMES_NUMBERS_MAX])
{
    size_t count = 0;
    for (const char *p = name; *p != '\0' && count <= NAMES_NUMBERS_MAX;) {
        const size_t date = is_digit(*p) ? date_length(p) : 0;
        if (!is_digit(*p) || date > 0) {
            p += date > 0 ? date : 1;
            continue;
        }
        const char *end = p;
        int64_t number;
        const bool fits = read_number(&end, &number);
        const bool starts = p == name || !is_letter(p[-1]);
        if (starts && exponent_length(end) > 0) {
            p = end + exponent_length(end);
            continue;
        }
        if (is_negative(name, p))
            number = -number;
        if (fits && !is_letter(*end) && !names_is_part(name, p, end) &&
            !follows_word(name, p, other_words)) {
            if (count < NAMES_NUMBERS_MAX)
                numbers[count] = number;
            count++;
        }
        p = end;
    }
    return count;
}

void names_without_parts(const char *name, char *out)
{
    for (const char *p = name; *p != '\0';) {
        const char *end = p + count_digits(p);
        if (end == p)
            *out++ = *p++;
        else if (names_is_part(name, p, end))
            p = end;
        else
            while (p < end)
                *out++ = *p++;
    }
    *out = '\0';
}

/* ---- splits ---- */

/* The same bit: the same split. */
static const struct {
    const char *word;
    unsigned bit;
} split_words[] = {
    {"train", 1},      {"training", 1}, {"val", 2},  {"valid", 2},
    {"validation", 2}, {"eval", 4},     {"test", 8}, {"dev", 16},
};

/* The length of the word at the start of a name: letters, of which the first
 * alone is a capital if others are not. */
static size_t word_length(const char *name)
{
    size_t length = 0;
    while (is_letter(name[length]) &&
           (length == 0 || !isupper((unsigned char)name[length]) ||
            !islower((unsigned char)name[length - 1])))
        length++;
    return length;
}

static unsigned split_named(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof split_words / sizeof *split_words; i++) {
        if (strlen(split_words[i].word) == length &&
            strncasecmp(word, split_words[i].word, length) == 0)
            return split_words[i].bit;
    }
    return 0;
}

/* Of a word as it is, or before one that is often joined to it: "trainloader",
 * "testset"; or after an X or Y: "Xtrain". */
static unsigned split_of(const char *word, size_t length)
{
    static const char *const joined[] = {"set",   "loader", "data",
                                         "split", "dl",     "ds"};
    unsigned found = split_named(word, length);
    for (size_t i = 0; i < sizeof joined / sizeof *joined; i++) {
        const size_t tail = strlen(joined[i]);
        if (length > tail &&
            strncasecmp(word + length - tail, joined[i], tail) == 0)
            found |= split_named(word, length - tail);
    }
    if (length > 1 && strchr("xyXY", *word) != NULL)
        found |= split_named(word + 1, length - 1);
    return found;
}

/* Does the name of a measure follow, as in test_acc_91 and val_loss=0.3? */
static bool precedes_measure(const char *end)
{
    static const char *const measures[] = {
        "acc",       "accuracy", "auc",  "auroc", "err",        "error",
        "f1",        "iou",      "loss", "nll",   "perplexity", "ppl",
        "precision", "recall",   "top1", "top5",  NULL};
    end += strspn(end, "_-=:. ");
    const size_t letters = word_length(end);
    const size_t digits = count_digits(end + letters);
    return is_word(end, letters, measures) ||
           is_word(end, letters + digits, measures);
}

static unsigned find_splits(const char *name, bool measured)
{
    unsigned found = 0;
    while (*name != '\0') {
        const size_t length = word_length(name);
        if (precedes_measure(name + length) == measured)
            found |= split_of(name, length);
        name += length > 0 ? length : 1;
    }
    return found;
}

unsigned names_splits(const char *name)
{
    return find_splits(name, false);
}

unsigned names_measured_splits(const char *name)
{
    return find_splits(name, true);
}

/* ---- suffixes ---- */

size_t names_without_suffix(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash != NULL ? slash + 1 : name;
    const char *dot = strrchr(base, '.');
    const bool is_suffix = dot != NULL && dot != base && dot[1] != '\0' &&
                           dot[1 + count_digits(dot + 1)] != '\0';
    return is_suffix ? (size_t)(dot - name) : strlen(name); /* not of a.003 */
}

/* ---- globs ---- */

bool names_group_matches(const char *pattern, const char *group_path)
{
    char path[PATH_MAX];
    char glob[PATH_MAX];
    while (*group_path == '/')
        group_path++;
    if (strcmp(pattern, "/") == 0)
        return *group_path == '\0';
    bool by_path = *pattern == '/';
    while (*pattern == '/')
        pattern++;
    size_t length = strlen(pattern);
    while (length > 0 && pattern[length - 1] == '/')
        length--;
    if (strlen(group_path) >= sizeof path || length >= sizeof glob)
        return false;
    strcpy(path, group_path);
    memcpy(glob, pattern, length);
    glob[length] = '\0';
    by_path |= strchr(glob, '/') != NULL;
    /* The group, then each one above it. */
    for (;;) {
        const char *name = path;
        char *slash = strrchr(path, '/');
        if (!by_path && slash != NULL)
            name = slash + 1;
        if (fnmatch(glob, name, FNM_PATHNAME) == 0)
            return true;
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
}

bool names_file_matches(const char *glob, const char *path)
{
    char name[PATH_MAX];
    const size_t length = names_without_suffix(path);
    if (strcmp(glob, "/") == 0 || length >= sizeof name)
        return false;
    memcpy(name, path, length);
    name[length] = '\0';
    return names_group_matches(glob, name) || names_group_matches(glob, path);
}
