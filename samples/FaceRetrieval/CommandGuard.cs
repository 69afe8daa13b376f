using Spectre.Console;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Runs a command, and says in a line what went wrong.</summary>
internal static class CommandGuard
{
    public static async Task<int> RunAsync(Func<Task> run)
    {
        try
        {
            await run();
            return 0;
        }
        catch (OperationCanceledException)
        {
            AnsiConsole.MarkupLine("[yellow]Stopped.[/] The faces that were read are in the gallery: the same command goes on from there.");
            return 130;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException or InvalidOperationException
            or UnauthorizedAccessException or NotSupportedException)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return 1;
        }
    }
}
