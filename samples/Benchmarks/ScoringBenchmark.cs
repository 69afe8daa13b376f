using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Onnx;
using Siamese.Training.Datasets;
using Spectre.Console;

namespace Siamese.Samples.Benchmarks;

/// <summary>Embeds digits in a chain, against ML.NET's ApplyOnnxModel and against a bare loop over ONNX Runtime of the same batch and threads.</summary>
internal static class ScoringBenchmark
{
    private const int Rounds = 9;

    public static void Run()
    {
        var ml = new MLContext(seed: 1);
        string file = Path.Combine(AppContext.BaseDirectory, "digits.onnx");
        EmbeddingModel model = EmbeddingModel.Load(file);
        float[][] pixels = Pixels();
        IDataView rows = ml.Data.Cache(View(ml, pixels, model));
        using var stock = ml.Transforms.ApplyOnnxModel(
            ["embedding"], ["image"], file, new Dictionary<string, int[]> { ["image"] = [1, model.Input.Channels, model.Input.Height, model.Input.Width] }, null, false, 100).Fit(rows);

        var table = new Table().Title($"{pixels.Length:N0} digits, {model}; medians of {Rounds} rounds, in turn; stock: ApplyOnnxModel, bare: a loop over ONNX Runtime").Border(TableBorder.Rounded);
        table.AddColumns("batch", "threads", "chain rows/s", "stock rows/s", "ratio", "bare rows/s", "ratio", "chain B/row", "stock B/row");
        foreach (int threads in new[] { 1, Environment.ProcessorCount }.Distinct())
        {
            foreach (int? batch in new int?[] { 1, 8, 32, null })
            {
                var options = new OnnxScoringOptions { BatchSize = batch, MaxDegreeOfParallelism = threads };
                using ImageEmbeddingTransformer chain = ml.MetricLearning.EmbedImages("embedding", model, "image", new EmbedImagesOptions { Scoring = options }).Fit(rows);
                using var bare = new BareLoop(file, model, pixels, batch ?? 128, threads);
                Sample[][] found = Sample.InTurn(
                    Rounds, () => Read(chain.Transform(rows)), () => Read(stock.Transform(rows)), bare.Run);
                double Rate(int contender) => pixels.Length / Sample.Median(found[contender].Select(sample => sample.Seconds));
                double Ratio(int contender) => Sample.Median(found[0].Zip(found[contender], (ours, theirs) => theirs.Seconds / ours.Seconds));
                double Bytes(int contender) => Sample.Median(found[contender].Select(sample => sample.Bytes)) / pixels.Length;
                table.AddRow(
                    batch is null ? "default, 128" : $"{batch}", $"{threads}", $"{Rate(0):N0}", $"{Rate(1):N0}", $"{Ratio(1):F2}", $"{Rate(2):N0}", $"{Ratio(2):F2}", $"{Bytes(0):N0}", $"{Bytes(1):N0}");
            }
        }

        AnsiConsole.Write(table);
    }

    private static float[][] Pixels()
    {
        LabeledImages digits = MnistDataset.Load(Path.Combine(AppContext.BaseDirectory, "digits")).Train;
        return [.. Enumerable.Range(0, digits.Count).Select(i => Array.ConvertAll(digits.Image(i).ToArray(), pixel => (float)pixel))];
    }

    private static IDataView View(MLContext ml, float[][] pixels, EmbeddingModel model)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(PixelRow));
        schema[nameof(PixelRow.Pixels)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, model.Input.Length);
        schema[nameof(PixelRow.Pixels)].ColumnName = "image";
        return ml.Data.LoadFromEnumerable(pixels.Select(row => new PixelRow { Pixels = row }).ToArray(), schema);
    }

    private static void Read(IDataView view)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["embedding"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["embedding"]);
        VBuffer<float> embedding = default;
        while (cursor.MoveNext())
        {
            getter(ref embedding);
        }
    }

    private sealed class PixelRow
    {
        public float[] Pixels { get; set; } = [];
    }

    /// <summary>The least that a program must do: batches out of one array, several side by side, into another.</summary>
    private sealed class BareLoop : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly RunOptions _runOptions = new();
        private readonly float[] _pixels;
        private readonly float[] _embeddings;
        private readonly EmbeddingModel _model;
        private readonly int _batch;
        private readonly int _threads;
        private readonly int _count;

        public BareLoop(string file, EmbeddingModel model, float[][] pixels, int batch, int threads)
        {
            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
            _session = new InferenceSession(file, options);
            _pixels = [.. pixels.SelectMany(row => row)];
            _embeddings = new float[pixels.Length * model.Dimension];
            (_model, _batch, _threads, _count) = (model, batch, threads, pixels.Length);
        }

        public void Run()
        {
            int batches = (_count + _batch - 1) / _batch;
            if (_threads == 1)
            {
                for (int i = 0; i < batches; i++)
                {
                    RunBatch(i);
                }
            }
            else
            {
                Parallel.For(0, batches, new ParallelOptions { MaxDegreeOfParallelism = _threads }, RunBatch);
            }
        }

        public void Dispose()
        {
            _session.Dispose();
            _runOptions.Dispose();
        }

        private void RunBatch(int index)
        {
            int first = index * _batch;
            int count = Math.Min(_batch, _count - first);
            using OrtValue images = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance,
                _pixels.AsMemory(first * _model.Input.Length, count * _model.Input.Length),
                [count, _model.Input.Channels, _model.Input.Height, _model.Input.Width]);
            using OrtValue embeddings = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, _embeddings.AsMemory(first * _model.Dimension, count * _model.Dimension), [count, _model.Dimension]);
            _session.Run(_runOptions, ["image"], [images], ["embedding"], [embeddings]);
        }
    }
}
