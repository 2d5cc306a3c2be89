// Keeps the input at hand for the moment of a crash.
#define _GNU_SOURCE
#include "CAllocations.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static char path[512];
static const uint8_t *volatile input;
static volatile size_t length;
static volatile uint64_t inputs;

static void keep(const char *why)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file >= 0) {
        if (write(file, input, length) < 0) {}
        close(file);
    }
    if (write(2, why, strlen(why)) < 0 || write(2, path, strlen(path)) < 0 || write(2, "\n", 1) < 0) {}
}

static void died(int number)
{
    keep("HostileInputs: error: crashed; the input is in ");
    signal(number, SIG_DFL);
    raise(number);
}

static void ticked(int number)
{
    (void)number;
    static uint64_t last;
    static int ticks;
    if (inputs != last) {
        last = inputs;
        ticks = 0;
    } else if (++ticks == 10) {
        keep("HostileInputs: error: ten seconds of CPU time and no end; the input is in ");
        _exit(1);
    }
}

void kassa_watch_start(const char *file)
{
    strncpy(path, file, sizeof(path) - 1);
    // A stack of its own: a parser may have used up the other one.
    static uint8_t stack[65536];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
    sigaltstack(&other, NULL);
    struct sigaction action = {.sa_handler = died, .sa_flags = SA_ONSTACK};
    static const int deadly[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
    for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++) sigaction(deadly[i], &action, NULL);
    action.sa_handler = ticked;
    action.sa_flags = SA_RESTART;
    sigaction(SIGVTALRM, &action, NULL);
    struct itimerval second = {.it_interval = {.tv_sec = 1}, .it_value = {.tv_sec = 1}};
    setitimer(ITIMER_VIRTUAL, &second, NULL);
}

void kassa_watch_input(const uint8_t *bytes, size_t count)
{
    input = bytes;
    length = count;
    inputs++;
}
