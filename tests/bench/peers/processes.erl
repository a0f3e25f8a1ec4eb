#!/usr/bin/env escript
%%! +S 1 +sbwt none +sbwtdcpu none +sbwtdio none +P 2000000
%% A peer: what Erlang's processes cost, by the same measures.
%% With an argument, which says how many park, it reports all as the example `processes` does. Without, it reads lines "NAME COUNT" and answers
%% each with "VALUE CHECK".
-mode(compile).

main([]) ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            [Name, Count] = string:lexemes(string:trim(Line), " "),
            {Value, Check} = answer(Name, list_to_integer(Count)),
            io:format("~w ~w~n", [Value, Check]),
            main([])
    end;

main([Text]) ->
    Count = list_to_integer(Text),
    Answer = fun() -> receive {From, N} -> From ! N end end,
    time("spawn, message, answer", 200000,
         fun(_) -> P = spawn(Answer), P ! {self(), 1}, receive _ -> ok end end),
    Me = self(),
    time("spawn, end", 200000, fun(_) -> spawn(fun() -> Me ! 1 end), receive _ -> ok end end),
    Echo = spawn(fun() -> echo() end),
    time("round trip of a message", 1000000, fun(N) -> Echo ! {self(), N}, receive _ -> ok end end),
    Before = erlang:memory(total),
    Start = cpu_ms(),
    Pids = [spawn(fun() -> echo() end) || _ <- lists:seq(1, Count)],
    timer:sleep(300),
    io:format("~-34s ~9w~n", ["parked processes", erlang:system_info(process_count)]),
    report("  start of each", cpu_ms() - Start, Count),
    weigh(Before, Count),
    ask(Pids),
    Asked = cpu_ms(),
    ask(Pids),
    report("  message to each and its answer", cpu_ms() - Asked, Count),
    weigh(Before, Count).

answer("spawn", Count) ->
    Answer = fun() -> receive {From, N} -> From ! N end end,
    each(Count, Count, fun(N) -> spawn(Answer) ! {self(), N}, receive Sent -> Sent end end);
answer("switch", Count) ->
    Echo = spawn(fun() -> echo() end),
    Answer = each(Count, 2 * Count, fun(N) -> Echo ! {self(), N}, receive Sent -> Sent end end),
    exit(Echo, kill),
    Answer;
answer("process-bytes", Count) ->
    Before = erlang:memory(total),
    Pids = [spawn(fun() -> echo() end) || _ <- lists:seq(1, Count)],
    ask(Pids),
    timer:sleep(300),
    Bytes = (erlang:memory(total) - Before) / Count,
    [exit(Pid, kill) || Pid <- Pids],
    {Bytes, Count}.

each(Count, Operations, Run) ->
    Start = cpu_ms(),
    Sum = sum(0, Count, 0, Run),
    {(cpu_ms() - Start) * 1000 / Operations, Sum}.

sum(Count, Count, Sum, _) -> Sum;
sum(N, Count, Sum, Run) -> sum(N + 1, Count, Sum + Run(N), Run).

echo() -> receive {From, N} -> From ! N, echo() end.

ask([]) -> ok;
ask(Pids) ->
    {Part, Rest} = lists:split(min(1000, length(Pids)), Pids),
    [P ! {self(), 1} || P <- Part],
    [receive _ -> ok end || _ <- Part],
    ask(Rest).

weigh(Before, Count) ->
    io:format("~-34s ~9w bytes~n", ["  memory of each", (erlang:memory(total) - Before) div Count]).

time(Name, Count, Run) ->
    lists:foreach(Run, lists:seq(1, Count div 10)),
    Start = cpu_ms(),
    lists:foreach(Run, lists:seq(1, Count)),
    report(Name, cpu_ms() - Start, Count).

report(Name, Ms, Count) -> io:format("~-34s ~9.3f us~n", [Name, Ms * 1000 / Count]).

cpu_ms() -> {Ms, _} = statistics(runtime), Ms.
