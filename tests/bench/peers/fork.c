/* A peer: fork() of a process that has touched so many MiB.
   Reads lines "fork MIB" (4 KiB pages) or "fork-huge MIB" (huge pages where there are any); answers each with
   "MICROSECONDS MIB": processor time of the parent. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double cpu_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

int main(void) {
    enum { FORKS = 5 };
    char name[16];
    size_t mib;
    while (scanf("%15s %zu", name, &mib) == 2) {
        size_t bytes = mib << 20;
        char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return 1;
        madvise(memory, bytes, strcmp(name, "fork-huge") == 0 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
        memset(memory, 1, bytes);
        double us = 0;
        for (int i = 0; i < FORKS; i++) {
            double start = cpu_us();
            pid_t child = fork();
            if (child == 0) _exit(0);
            us += cpu_us() - start;
            if (child < 0 || waitpid(child, NULL, 0) < 0) return 1;
        }
        munmap(memory, bytes);
        printf("%f %zu\n", us / FORKS, mib);
        fflush(stdout);
    }
    return 0;
}
