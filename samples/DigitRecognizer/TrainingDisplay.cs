using Microsoft.ML;
using Microsoft.ML.Runtime;
using Siamese.Training.Runs;
using Spectre.Console;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>Shows a run: a live bar on a terminal, a line an epoch where the output goes elsewhere.</summary>
internal sealed class TrainingDisplay : IProgress<TrainingProgress>
{
    private ProgressTask? _task;
    private string _precision = string.Empty;

    public static T Run<T>(MLContext ml, Func<TrainingDisplay, T> train)
    {
        ml.Log += ShowWarning;
        try
        {
            return Show(train);
        }
        finally
        {
            ml.Log -= ShowWarning;
        }
    }

    private static void ShowWarning(object? sender, LoggingEventArgs entry)
    {
        if (entry.Kind == ChannelMessageKind.Warning)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]{entry.RawMessage}[/]");
        }
    }

    private static T Show<T>(Func<TrainingDisplay, T> train)
    {
        var display = new TrainingDisplay();
        if (!AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
        {
            return train(display);
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                display._task = context.AddTask("Reading images");
                return train(display);
            });
    }

    public void Report(TrainingProgress value)
    {
        if (value.Finished?.PrecisionAt1 is { } found)
        {
            _precision = $"  precision@1 {found:P2}";
        }

        if (_task is not null)
        {
            _task.Description = $"epoch {value.Epoch}/{value.Epochs}  loss {value.Loss:F4}{_precision}  {value.ImagesPerSecond:F0} images/s";
            _task.MaxValue = value.Epochs;
            _task.Value = value.Epoch - 1 + ((double)value.Step / value.Steps);
        }

        if (value.Finished is { } epoch)
        {
            string precision = epoch.PrecisionAt1 is { } share ? $"  held-out precision@1 {share:P2}" : string.Empty;
            string validation = epoch.ValidationLoss is { } loss ? $"  held-out loss {loss:F4}" : string.Empty;
            string collapsed = epoch.Collapsed ? "  [yellow]collapsed[/]" : string.Empty;
            AnsiConsole.MarkupLine(
                $"epoch {value.Epoch,3}/{value.Epochs}  loss {epoch.Loss:F4}{validation}{precision}  {value.ImagesPerSecond:F0} images/s{collapsed}");
        }
    }
}
