using System.Diagnostics;
using System.Globalization;

namespace Siamese.Pipelines.Tests.Fuzzing;

/// <summary>Reads inputs in a process of its own with limits of memory and time, and goes on behind an input that ended it.</summary>
internal sealed class FuzzRun
{
    /// <summary>The longest time of an input: of the process's processors, so that a busy machine is not taken for a hang.</summary>
    public static readonly TimeSpan LongestInput = TimeSpan.FromSeconds(5);

    /// <summary>The most memory of the process.</summary>
    public const long MostMemory = 1L << 30;

    private const int MostFindings = 25;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly string _target;
    private readonly Lock _lock = new();
    private readonly List<FuzzFinding> _findings = [];
    private int _current;
    private bool _hasBegun;
    private TimeSpan _processorTimeAtStart;
    private long? _start;
    private Process? _process;
    private long _peak;

    private FuzzRun(string target)
    {
        _target = target;
    }

    /// <summary>Reads inputs.</summary>
    /// <param name="target">The name of a target.</param>
    /// <param name="first">The number of the first input.</param>
    /// <param name="count">The number of inputs.</param>
    public static FuzzReport Of(string target, int first, int count)
    {
        var run = new FuzzRun(target);
        var watch = Stopwatch.StartNew();
        int next = first;
        while (next < first + count && run._findings.Count < MostFindings)
        {
            next = run.Start(next, first + count - next);
        }

        return new FuzzReport(next - first, run._peak, watch.Elapsed, run._findings);
    }

    /// <summary>Runs one process.</summary>
    /// <returns>The number of the input to go on with.</returns>
    private int Start(int first, int count)
    {
        var start = new ProcessStartInfo(
            "dotnet", ["exec", typeof(FuzzRun).Assembly.Location, FuzzChild.Command, _target, $"{first}", $"{count}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = (MostMemory * 3 / 4).ToString("x", CultureInfo.InvariantCulture);
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        string words = string.Empty;
        using Process process = Process.Start(start)!;
        _process = process;
        _current = first - 1;
        _hasBegun = false;
        int known = _findings.Count;
        Restart();
        process.ErrorDataReceived += (_, line) => words = words.Length < 2000 ? $"{words}{line.Data} " : words;
        process.BeginErrorReadLine();
        using (var watchdog = new Timer(_ => Watch(), null, dueTime: 100, period: 100))
        {
            while (process.StandardOutput.ReadLine() is { } line)
            {
                Take(line);
            }
        }

        process.WaitForExit();
        lock (_lock)
        {
            _process = null;
            if (process.ExitCode == 0 && _current == first + count - 1)
            {
                return first + count;
            }

            // A process that was ended for its memory or time is known already.
            if (!_findings.Skip(known).Any(finding => finding.Number == _current && finding.Kind is FuzzFindingKind.Hang or FuzzFindingKind.Memory))
            {
                _findings.Add(new FuzzFinding(_target, _current, FuzzFindingKind.Death, $"exit code {process.ExitCode}: {words.Trim()}"));
            }

            return Math.Max(first, _current) + 1;
        }
    }

    private void Take(string line)
    {
        lock (_lock)
        {
            if (line.StartsWith(FuzzChild.Begins))
            {
                _current = int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
                _hasBegun = true;
                Restart();
            }
            else if (line.StartsWith(FuzzChild.Finds) && _findings.Count < MostFindings)
            {
                int blank = line.IndexOf(' ');
                _findings.Add(new FuzzFinding(
                    _target, int.Parse(line.AsSpan(1, blank - 1), CultureInfo.InvariantCulture), FuzzFindingKind.Exception, line[(blank + 1)..]));
            }
        }
    }

    // The watchdog takes the times: what an input needs is measured to a tenth of a second.
    private void Restart() => _start = null;

    private void Watch()
    {
        lock (_lock)
        {
            try
            {
                if (_process is not { HasExited: false } process)
                {
                    return;
                }

                process.Refresh();
                _peak = Math.Max(_peak, process.PeakWorkingSet64);
                if (_start is not { } start)
                {
                    start = Stopwatch.GetTimestamp();
                    _start = start;
                    _processorTimeAtStart = process.TotalProcessorTime;
                }

                TimeSpan waited = Stopwatch.GetElapsedTime(start);
                if (process.PeakWorkingSet64 > MostMemory)
                {
                    End(process, FuzzFindingKind.Memory, $"{process.PeakWorkingSet64 >> 20:N0} MB");
                }
                else if (_hasBegun && (process.TotalProcessorTime - _processorTimeAtStart > LongestInput || waited > LongestWait))
                {
                    End(process, FuzzFindingKind.Hang, $"{waited.TotalSeconds:N0} s");
                }
            }
            catch (InvalidOperationException)
            {
                // The process ended meanwhile.
            }
        }
    }

    private void End(Process process, FuzzFindingKind kind, string detail)
    {
        _findings.Add(new FuzzFinding(_target, _current, kind, detail));
        process.Kill();
    }
}
