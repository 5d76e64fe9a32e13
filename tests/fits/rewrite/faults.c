/* Calls that change files, and some around them, counted; the one asked for kills or interrupts the process, fails, or does
 * half of its work.
 *
 * Loaded by LD_PRELOAD. Only `call_faults_arm` starts the counting, so that a process can prepare itself first.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

enum action { COUNT, KILL_BEFORE, KILL_AFTER, FAIL, FAIL_FROM_HERE, SHORTEN, INTERRUPT };

static int armed, calls, fault_at, fault_action, fault_errno;

void call_faults_arm(int at, int action, int error)
{
    calls = 0;
    fault_at = at;
    fault_action = action;
    fault_errno = error;
    armed = 1;
}

int call_faults_disarm(void)
{
    armed = 0;
    return calls;
}

/* Returns the action for this call; COUNT where none is wanted. */
static enum action enter(void)
{
    if (!armed)
        return COUNT;
    /* Threads come here, too. */
    int call = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (fault_action == FAIL_FROM_HERE && call >= fault_at)
        return FAIL;
    if (call != fault_at)
        return COUNT;
    if (fault_action == KILL_BEFORE)
        kill(getpid(), SIGKILL);
    if (fault_action == INTERRUPT)
        kill(getpid(), SIGINT);
    return fault_action;
}

static void leave(enum action action)
{
    if (action == KILL_AFTER)
        kill(getpid(), SIGKILL);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRAP(type, name, parameters, arguments)                                                                \
    type name parameters                                                                                       \
    {                                                                                                          \
        enum action action = enter();                                                                          \
        if (action == FAIL) {                                                                                  \
            errno = fault_errno;                                                                               \
            return -1;                                                                                         \
        }                                                                                                      \
        type result = REAL(name) arguments;                                                                    \
        leave(action);                                                                                         \
        return result;                                                                                         \
    }

/* The same for calls whose `size` may be shortened. */
#define WRAP_SIZED(name, parameters, arguments)                                                                \
    ssize_t name parameters                                                                                    \
    {                                                                                                          \
        enum action action = enter();                                                                          \
        if (action == FAIL) {                                                                                  \
            errno = fault_errno;                                                                               \
            return -1;                                                                                         \
        }                                                                                                      \
        if (action == SHORTEN)                                                                                 \
            size = (size + 1) / 2;                                                                             \
        ssize_t result = REAL(name) arguments;                                                                 \
        leave(action);                                                                                         \
        return result;                                                                                         \
    }

/* Opening changes something only where it may create a file. */
#define WRAP_OPEN(name, first, first_argument)                                                                 \
    int name(first const char *path, int flags, ...)                                                           \
    {                                                                                                          \
        va_list rest;                                                                                          \
        va_start(rest, flags);                                                                                 \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                                              \
        va_end(rest);                                                                                          \
        enum action action = flags & O_CREAT ? enter() : COUNT;                                                \
        if (action == FAIL) {                                                                                  \
            errno = fault_errno;                                                                               \
            return -1;                                                                                         \
        }                                                                                                      \
        int result = REAL(name)(first_argument path, flags, mode);                                             \
        leave(action);                                                                                         \
        return result;                                                                                         \
    }

#define NOTHING
#define DIRECTORY int directory,
#define DIRECTORY_ARGUMENT directory,
WRAP_OPEN(open, NOTHING, NOTHING)
WRAP_OPEN(open64, NOTHING, NOTHING)
WRAP_OPEN(openat, DIRECTORY, DIRECTORY_ARGUMENT)
WRAP_OPEN(openat64, DIRECTORY, DIRECTORY_ARGUMENT)

WRAP_SIZED(write, (int fd, const void *data, size_t size), (fd, data, size))
WRAP_SIZED(pwrite, (int fd, const void *data, size_t size, off_t offset), (fd, data, size, offset))
WRAP_SIZED(pwrite64, (int fd, const void *data, size_t size, off64_t offset), (fd, data, size, offset))
WRAP_SIZED(copy_file_range,
           (int source, off64_t *from, int fd, off64_t *to, size_t size, unsigned int flags),
           (source, from, fd, to, size, flags))

WRAP(int, close, (int fd), (fd))
WRAP(int, flock, (int fd, int operation), (fd, operation))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, renameat, (int from_at, const char *from, int to_at, const char *to), (from_at, from, to_at, to))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, unlinkat, (int directory, const char *path, int flags), (directory, path, flags))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, (int directory, const char *path, mode_t mode), (directory, path, mode))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group))
WRAP(int, futimens, (int fd, const struct timespec times[2]), (fd, times))
WRAP(int, fremovexattr, (int fd, const char *name), (fd, name))
WRAP(int, fsetxattr,
     (int fd, const char *name, const void *value, size_t size, int flags),
     (fd, name, value, size, flags))

/* These two return the error instead of setting errno. */
#define WRAP_FALLOCATE(name, offset_type)                                                                      \
    int name(int fd, offset_type offset, offset_type size)                                                     \
    {                                                                                                          \
        enum action action = enter();                                                                          \
        if (action == FAIL)                                                                                    \
            return fault_errno;                                                                                \
        int result = REAL(name)(fd, offset, size);                                                             \
        leave(action);                                                                                         \
        return result;                                                                                         \
    }

WRAP_FALLOCATE(posix_fallocate, off_t)
WRAP_FALLOCATE(posix_fallocate64, off64_t)
