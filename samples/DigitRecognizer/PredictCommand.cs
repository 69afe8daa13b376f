using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
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
        PixelRow[] rows = [.. files.Select(file => new PixelRow { Image = Read(file.FullName, input) })];
        SchemaDefinition schema = SchemaDefinition.Create(typeof(PixelRow));
        schema[nameof(PixelRow.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, input.Channels, input.Height, input.Width);
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    private static IEnumerable<ITransformer> Parts(ITransformer transformer) =>
        transformer is IEnumerable<ITransformer> chain ? chain.SelectMany(Parts) : [transformer];

    private static float[] Read(string path, ImageInput input)
    {
        using MLImage image = ImageFile.Read(path);
        var pixels = new float[input.Length];
        ImagePixels.Read(image, input, pixels);

        // The digits that the network learned are light on dark; a border that is light tells of ink on paper.
        float border = Enumerable.Range(0, input.Width).Average(x => (pixels[x] + pixels[((input.Height - 1) * input.Width) + x]) / 2);
        return border > 127 ? [.. pixels.Select(pixel => 255 - pixel)] : pixels;
    }

    private static void Show(IReadOnlyList<FileInfo> files, IDataView scored)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("File").AddColumn("Digit").AddColumn(new TableColumn("Probability").RightAligned());
        string[] digits = [.. scored.GetColumn<string>("Digit")];
        float[] probabilities = [.. scored.GetColumn<VBuffer<float>>("Score").Select(score => score.DenseValues().Max())];
        for (int i = 0; i < files.Count; i++)
        {
            table.AddRow(Markup.Escape(files[i].Name), Markup.Escape(digits[i]), $"{probabilities[i]:P1}");
        }

        AnsiConsole.Write(table);
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
