// The floor under an event: the same fake pcscd, and a client that only waits in SCardGetStatusChange.
//
//   bare_events FAKE SOCKET COUNT          with PCSCLITE_CSOCK_NAME=SOCKET
//
// Prints a line of microseconds for each card, from the order to the return of the wait.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <PCSC/winscard.h>

static int to_fake, from_fake;
static uint64_t ordered;

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "bare_events: %s\n", what);
        exit(1);
    }
}

/// The first byte of the next line.
static char answer(void)
{
    char first = 0, next = 0;
    while (read(from_fake, &next, 1) == 1 && next != '\n') {
        if (first == 0) first = next;
    }
    return first;
}

static void order(const char *text)
{
    check(write(to_fake, text, strlen(text)) == (ssize_t)strlen(text), "order");
    check(answer() == 'o', "answer");
}

static void *give(void *nothing)
{
    usleep(20000);
    ordered = now();
    order("card Fake_Reader_00_00 3B80800101\n");
    return nothing;
}

static void *take(void *nothing)
{
    usleep(5000);
    order("nocard Fake_Reader_00_00\n");
    return nothing;
}

static void await(SCARDCONTEXT context, SCARD_READERSTATE *state, DWORD wanted)
{
    do {
        state->dwCurrentState = state->dwEventState;
        check(SCardGetStatusChange(context, INFINITE, state, 1) == SCARD_S_SUCCESS, "wait");
    } while ((state->dwEventState & wanted) == 0);
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    int in[2], out[2];
    check(pipe(in) == 0 && pipe(out) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execl(argv[1], argv[1], argv[2], (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    to_fake = in[1];
    from_fake = out[0];
    check(answer() == 'r', "no fake pcscd");
    order("add Fake_Reader_00_00\n");
    order("up\n");

    SCARDCONTEXT context;
    check(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) == SCARD_S_SUCCESS, "context");
    SCARD_READERSTATE state = {.szReader = "Fake Reader 00 00", .dwEventState = SCARD_STATE_UNAWARE};
    await(context, &state, SCARD_STATE_EMPTY);
    for (int i = atoi(argv[3]); i > 0; i--) {
        pthread_t thread;
        pthread_create(&thread, NULL, give, NULL);
        await(context, &state, SCARD_STATE_PRESENT);
        uint64_t seen = now();
        pthread_join(thread, NULL);
        printf("%llu\n", (unsigned long long)(seen - ordered) / 1000);
        pthread_create(&thread, NULL, take, NULL);
        await(context, &state, SCARD_STATE_EMPTY);
        pthread_join(thread, NULL);
    }
    SCardReleaseContext(context);
    close(to_fake);
    waitpid(child, NULL, 0);
    return 0;
}
