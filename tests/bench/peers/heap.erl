#!/usr/bin/env escript
%%! +sbwt none +sbwtdcpu none +sbwtdio none
%% A peer: Erlang's own maps and processes.
%% Reads lines "NAME COUNT [LIVE]", answers each with "VALUE CHECK".
-mode(compile).

main(_) -> serve(none).

serve(Map) ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            [Name | Numbers] = string:lexemes(string:trim(Line), " "),
            {Value, Check, New} = run(Name, [list_to_integer(N) || N <- Numbers], Map),
            io:format("~w ~w~n", [Value, Check]),
            serve(New)
    end.

run("churn", [Count, Live], none) ->
    run("churn", [Count, Live], fill(0, Live, #{}));
run("churn", [Count, Live], Map) ->
    Start = cpu_ms(),
    New = update(0, Count, Live, Map),
    Ms = max(cpu_ms() - Start, 1),
    {Count * 1000 / Ms, check(0, min(Count, 1000), Live, New, 0), New};
run("spawn", [Count], Map) ->
    Start = cpu_ms(),
    Sum = spawn_all(0, Count, 0),
    {(cpu_ms() - Start) * 1000 / Count, Sum, Map};
run("parked", [Count], Map) ->
    Pids = [spawn(fun() -> park() end) || _ <- lists:seq(1, Count)],
    timer:sleep(200),
    Bytes = lists:sum([element(2, process_info(Pid, memory)) || Pid <- Pids]) / Count,
    [Pid ! stop || Pid <- Pids],
    {Bytes, Count, Map}.

cpu_ms() -> {Ms, _} = statistics(runtime), Ms.

scatter(N0) ->
    N1 = ((N0 band 16#7FFFFFFF) * 16#9E3779B) band 16#7FFFFFFF,
    N2 = ((N1 bxor (N1 bsr 15)) * 16#85EBCA7) band 16#7FFFFFFF,
    N3 = ((N2 bxor (N2 bsr 13)) * 16#C2B2AE3) band 16#7FFFFFFF,
    N3 bxor (N3 bsr 16).

place(N, Size) -> scatter(N + 16#12345678) rem Size.

fill(Live, Live, Map) -> Map;
fill(N, Live, Map) -> fill(N + 1, Live, Map#{scatter(N) => {N}}).

update(Count, Count, _, Map) -> Map;
update(N, Count, Live, Map) -> update(N + 1, Count, Live, Map#{scatter(place(N, Live)) := {N}}).

check(Count, Count, _, _, Sum) -> Sum;
check(N, Count, Live, Map, Sum) ->
    {Number} = maps:get(scatter(place(N, Live)), Map),
    check(N + 1, Count, Live, Map, Sum + Number).

spawn_all(Count, Count, Sum) -> Sum;
spawn_all(N, Count, Sum) ->
    Parent = self(),
    spawn(fun() -> Parent ! {answer, N * N rem 1000} end),
    receive {answer, Answer} -> spawn_all(N + 1, Count, Sum + Answer) end.

park() -> receive stop -> ok end.
