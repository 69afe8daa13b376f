using Spectre.Console;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Shows how far work is: a live bar on a terminal, a line for each tenth where the output goes elsewhere.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs work of so many steps, which calls its argument after each with what is to be said.</summary>
    public static Task RunAsync(string description, int steps, Func<Action<string>, Task> work)
    {
        if (steps == 0 || !AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
        {
            int done = 0;
            return work(said =>
            {
                done++;
                if (done * 10L / steps > (done - 1) * 10L / steps)
                {
                    AnsiConsole.MarkupLineInterpolated($"{said}: {done:N0} of {steps:N0}");
                }
            });
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask task = context.AddTask(description, maxValue: steps);
                await work(said =>
                {
                    task.Description = Markup.Escape(said);
                    task.Increment(1);
                });
            });
    }
}
