using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Rejection;
using Spectre.Console;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>Labels image files with a saved chain.</summary>
internal static class PredictCommand
{
    /// <summary>Labels files with the given chain, else with the one trained last, else with the network that comes with this sample.</summary>
    public static int Run(IReadOnlyList<FileInfo> files, FileInfo? modelFile, FileInfo trainedLast)
    {
        try
        {
            var ml = new MLContext(seed: 1);
            FileInfo? saved = modelFile ?? (trainedLast.Exists ? trainedLast : null);
            if (saved is null)
            {
                AnsiConsole.MarkupLineInterpolated($"There is no '{trainedLast}' yet: with the network that comes with this sample.");
            }

            DataViewSchema? schema = null;
            ITransformer digits = saved is null ? DigitChain.Shipped(ml) : ml.MetricLearning.Load(saved.FullName, out schema);
            IDataView rows = schema?.GetColumnOrNull("Path") is null ? PixelRows(ml, digits, files) : PathRows(ml, files);
            Show(files, digits.Transform(rows));
            Say(RejectionCalibration.Find(digits));
            return 0;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException or InvalidOperationException or FormatException)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return 1;
        }
    }

    private static IDataView PathRows(MLContext ml, IReadOnlyList<FileInfo> files) =>
        ml.Data.LoadFromEnumerable(files.Select(file => new PathRow { Path = file.FullName }).ToArray());

    private static IDataView PixelRows(MLContext ml, ITransformer digits, IReadOnlyList<FileInfo> files)
    {
        ImageInput input = Parts(digits).OfType<ImageEmbeddingTransformer>().First().Model.Input;
        PixelRow[] rows = [.. files.Select(file => new PixelRow { Image = DigitPixels.Read(file.FullName, input) })];
        SchemaDefinition schema = SchemaDefinition.Create(typeof(PixelRow));
        schema[nameof(PixelRow.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, input.Channels, input.Height, input.Width);
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    private static IEnumerable<ITransformer> Parts(ITransformer transformer) =>
        transformer is IEnumerable<ITransformer> chain ? chain.SelectMany(Parts) : [transformer];

    private static void Show(IReadOnlyList<FileInfo> files, IDataView scored)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("File").AddColumn("Digit").AddColumn(new TableColumn("Probability").RightAligned());
        bool rejects = scored.Schema.GetColumnOrNull("IsUnknown") is not null;
        if (rejects)
        {
            table.AddColumn(new TableColumn("Unknown score").RightAligned());
        }

        IDataView rows = new MLContext().Data.Cache(scored);
        string[] digits = [.. rows.GetColumn<string>("Digit")];
        float[] probabilities = [.. rows.GetColumn<VBuffer<float>>("Score").Select(score => score.DenseValues().Max())];
        float[] scores = rejects ? [.. rows.GetColumn<float>("UnknownScore")] : [];
        for (int i = 0; i < files.Count; i++)
        {
            bool isKnown = digits[i].Length > 0;
            string[] cells = [Markup.Escape(files[i].Name), isKnown ? digits[i] : "[yellow]unknown[/]", isKnown ? $"{probabilities[i]:P1}" : "-"];
            table.AddRow(rejects ? [.. cells, $"{scores[i]:F2}"] : cells);
        }

        AnsiConsole.Write(table);
    }

    private static void Say(RejectionCalibration? calibration)
    {
        if (calibration is not null)
        {
            AnsiConsole.MarkupLineInterpolated(
                $"Unknown is what scores above {calibration.Thresholds[0]:F2} by {calibration.Score}; {calibration.Rate:P1} of {calibration.CalibrationRows} digits that were held out do.");
        }
    }

    private sealed class PathRow
    {
        public string Path { get; set; } = string.Empty;

        public string Label { get; set; } = string.Empty;
    }

    private sealed class PixelRow
    {
        public float[] Image { get; set; } = [];

        public string Label { get; set; } = string.Empty;
    }
}
