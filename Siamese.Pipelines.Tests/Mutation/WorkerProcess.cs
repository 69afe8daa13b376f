using System.Diagnostics;
using System.Globalization;

namespace Siamese.Mutation;

/// <summary>The process that runs the tests, which is started again where it died or had to be ended.</summary>
internal sealed class WorkerProcess(string shadow, string tests, string folder) : IDisposable
{
    private Process? _process;

    /// <summary>Runs the tests with a mutant on, or with none.</summary>
    /// <param name="mutant">The number, or 0.</param>
    /// <param name="limit">After so long the process is ended.</param>
    /// <returns>Whether the tests ended, and the first that failed. A process that died did not end them.</returns>
    public (bool Finished, string? Failed) Run(int mutant, TimeSpan limit)
    {
        _process ??= Start();
        try
        {
            _process.StandardInput.WriteLine(mutant.ToString(CultureInfo.InvariantCulture));
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            return (false, null);
        }

        var answer = Task.Run(Answer);
        if (!answer.Wait(limit) || answer.Result is not { } line)
        {
            return (false, null);
        }

        string[] words = line[Worker.Mark.Length..].Split(' ', 3);
        return (true, words[2].Length > 0 ? words[2] : words[1] == "0" ? "no test passed" : null);
    }

    public void Restart()
    {
        Dispose();
        _process = null;
    }

    public void Dispose()
    {
        if (_process is { } process)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
    }

    private string? Answer()
    {
        while (_process!.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(Worker.Mark, StringComparison.Ordinal))
            {
                return line;
            }
        }

        return null;
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "exec",
                "--depsfile", Path.Combine(shadow, $"{tests}.deps.json"),
                "--runtimeconfig", Path.Combine(shadow, $"{tests}.runtimeconfig.json"),
                Path.Combine(shadow, "Siamese.Mutation.dll"),
                "worker",
                folder,
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = shadow,
        };
        Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
