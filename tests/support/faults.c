/* Preloaded into a process, fails one write, flush, rename or truncation below a folder.

   FAULT_BELOW  the folder
   FAULT_PLAN   a file "<kind> <number> <errno>": the operation of that kind (w, f, r, t) and number,
                from 1, fails with that error; read anew by each process
   FAULT_LOG    a file to which each operation adds its kind, and a failed one `!` after it
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t planned;
static char kind_to_fail;
static long number_to_fail, seen;
static int error_to_give;

static void plan(void) {
    const char *path = getenv("FAULT_PLAN");
    FILE *file = path ? fopen(path, "r") : NULL;
    planned = getpid();
    seen = number_to_fail = 0;
    if (file) {
        if (fscanf(file, "%c %ld %d", &kind_to_fail, &number_to_fail, &error_to_give) != 3)
            number_to_fail = 0;
        fclose(file);
    }
}

static void note(const char *text) {
    const char *path = getenv("FAULT_LOG");
    int handle = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;
    if (handle >= 0) {
        syscall(SYS_write, handle, text, strlen(text));
        close(handle);
    }
}

/* Whether an operation on a path is the one that fails; errno is then set. */
static int fails(char kind, const char *path) {
    const char *below = getenv("FAULT_BELOW");
    int before = errno, hit;
    char text[3] = {kind, 0, 0};
    if (!below || strncmp(path, below, strlen(below)) || path[strlen(below)] != '/') return 0;
    pthread_mutex_lock(&lock);
    if (planned != getpid()) plan();
    hit = kind == kind_to_fail && number_to_fail && ++seen == number_to_fail;
    if (hit) text[1] = '!';
    note(text);
    errno = hit ? error_to_give : before;
    pthread_mutex_unlock(&lock);
    return hit;
}

static int fails_on(char kind, int handle) {
    char link[64], path[4096];
    ssize_t length;
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    length = readlink(link, path, sizeof path - 2);
    errno = before;
    if (length < 0) return 0;
    /* A folder that is flushed may be the one itself. */
    path[length] = 0;
    if (kind == 'f') strcat(path, "/");
    return fails(kind, path);
}

#define ON_HANDLE(type, name, kind, handle, parameters, arguments)                    \
    type name parameters {                                                            \
        type(*real) parameters = (type(*) parameters) dlsym(RTLD_NEXT, #name);        \
        return fails_on(kind, handle) ? -1 : real arguments;                          \
    }
#define ON_PATH(name, target, parameters, arguments)                                  \
    int name parameters {                                                             \
        int(*real) parameters = (int(*) parameters) dlsym(RTLD_NEXT, #name);          \
        return fails('r', target) ? -1 : real arguments;                              \
    }

ON_HANDLE(ssize_t, write, 'w', h, (int h, const void *b, size_t n), (h, b, n))
ON_HANDLE(ssize_t, pwrite, 'w', h, (int h, const void *b, size_t n, off_t o), (h, b, n, o))
ON_HANDLE(ssize_t, pwrite64, 'w', h, (int h, const void *b, size_t n, off64_t o), (h, b, n, o))
ON_HANDLE(ssize_t, writev, 'w', h, (int h, const struct iovec *v, int n), (h, v, n))
ON_HANDLE(ssize_t, sendfile, 'w', h, (int h, int i, off_t *o, size_t n), (h, i, o, n))
ON_HANDLE(ssize_t, sendfile64, 'w', h, (int h, int i, off64_t *o, size_t n), (h, i, o, n))
ON_HANDLE(int, fsync, 'f', h, (int h), (h))
ON_HANDLE(int, fdatasync, 'f', h, (int h), (h))
ON_HANDLE(int, ftruncate, 't', h, (int h, off_t o), (h, o))
ON_HANDLE(int, ftruncate64, 't', h, (int h, off64_t o), (h, o))
ON_PATH(rename, b, (const char *a, const char *b), (a, b))
ON_PATH(renameat, b, (int f, const char *a, int t, const char *b), (f, a, t, b))
