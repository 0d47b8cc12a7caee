/* Makes every fsync and fdatasync SLOW_SYNC_US microseconds slower: an ordinary cloud disk.
 * Built and preloaded by bench_disk.py; the call itself is still made.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_a_little(void)
{
    const char *said = getenv("SLOW_SYNC_US");
    usleep(said ? (useconds_t)atoi(said) : 0);
}

int fsync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_a_little();
    return real(fd);
}

int fdatasync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_a_little();
    return real(fd);
}
