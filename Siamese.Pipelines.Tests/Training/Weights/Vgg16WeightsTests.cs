using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Tests.References;
using Siamese.Pipelines.Tests.Training.Datasets;
using Siamese.Training.Export;
using Siamese.Training.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Weights;

public sealed class Vgg16WeightsTests
{
    // Sixteen layers in float32, of hundreds of terms each, relative to the greatest component.
    private const double Rounding = 1e-4;

    private static readonly Vgg16Options Plain = new();

    // Computed by PyTorch from a file of VGG-Face's form, which h5py wrote.
    [TestCase(Vgg16Descriptor.Fc7, "small32-fc7.f32", 128)]
    [TestCase(Vgg16Descriptor.Fc8, "small32-fc8.f32", 10)]
    public void A_file_of_the_form_of_VGG_Face_gives_the_descriptors_of_another_framework(Vgg16Descriptor descriptor, string expectedFile, int dimension)
    {
        string folder = TestData.Full("vggface-shaped");
        using Vgg16Weights weights = Vgg16Weights.Open(Path.Combine(folder, "small32.h5"));
        using var file = new TemporaryFile(".onnx");

        weights.Export(file.Path, Plain with { Descriptor = descriptor });

        EmbeddingModel model = EmbeddingModel.Load(file.Path);
        Assert.That((model.Input, model.Dimension), Is.EqualTo((new ImageInput(32, 32, ColorOrder.Bgr), dimension)));
        using ImageEmbedder embedder = model.CreateEmbedder();
        AssertClose(embedder.Embed(Floats(folder, "small32-input.f32")), Floats(folder, expectedFile));
    }

    [Test]
    public void The_same_file_in_TorchSharp_exports_to_the_same_bytes([Values] Vgg16Descriptor descriptor)
    {
        string folder = TestData.Full("vggface-shaped");
        using Vgg16Weights weights = Vgg16Weights.Open(Path.Combine(folder, "small32.h5"));
        Vgg16Options options = Vgg16Options.VggFace with { Descriptor = descriptor };
        EmbeddingModel imported = weights.ToEmbeddingModel(options);
        using Sequential network = weights.ToNetwork(options);
        var export = new OnnxExportOptions { InputMean = options.Mean, Metadata = imported.Metadata };

        byte[] exported = OnnxExporter.Export(network, [3, 32, 32], export);

        Assert.That(exported, Is.EqualTo(imported.ToArray()));
        using Tensor rows = tensor(Floats(folder, "small32-input.f32")).reshape(2, 3, 32, 32);
        Assert.That(OnnxExporter.Verify(exported, network, rows, export), Is.LessThan(1e-2));
    }

    [Test]
    public void A_network_of_TorchSharp_learns_on_from_the_weights()
    {
        using var folder = new TemporaryFolder();
        using Vgg16Weights weights = Vgg16Weights.Open(KerasWeights.Write(folder.File("weights.h5"), KerasWeights.Draw(1)));
        using DisposeScope scope = NewDisposeScope();
        Sequential network = weights.ToNetwork(Plain);
        Tensor rows = rand([4, 3, KerasWeights.Side, KerasWeights.Side], generator: new Generator(1));

        network.call(rows).sum().backward();

        Assert.That(network.parameters().Select(parameter => parameter.grad?.abs().sum().item<float>()), Is.All.GreaterThan(0));
    }

    [Test]
    public void Dense_layers_are_flattened_as_TensorFlow_does([Values] Vgg16Descriptor descriptor, [Values(1, 2)] int seed, [Values] bool nested)
    {
        using var folder = new TemporaryFolder();
        List<KerasWeights.Layer> layers = KerasWeights.Draw(seed);
        using Vgg16Weights weights = Vgg16Weights.Open(KerasWeights.Write(folder.File("weights.h5"), layers, nested));
        float[] pixels = Pixels(seed);

        EmbeddingModel model = weights.ToEmbeddingModel(Vgg16Options.ImageNet with { Descriptor = descriptor });

        using ImageEmbedder embedder = model.CreateEmbedder();
        int dense = descriptor switch { Vgg16Descriptor.Fc7 => 2, Vgg16Descriptor.Fc8 => 3, _ => 0 };
        double[] expected = ObviousVgg16.Run(
            Image(pixels, [103.939, 116.779, 123.68]), [.. layers.Select(layer => (layer.Kernel, layer.Bias))], dense);
        AssertClose(embedder.Embed(pixels), Array.ConvertAll(expected, value => (float)value));
        Assert.That(expected.Max(Math.Abs), Is.GreaterThan(0.01));
    }

    [Test]
    public void Dense_layers_in_the_form_of_convolutions_are_the_same()
    {
        using var folder = new TemporaryFolder();
        List<KerasWeights.Layer> layers = KerasWeights.Draw(3);
        using Vgg16Weights dense = Vgg16Weights.Open(KerasWeights.Write(folder.File("dense.h5"), layers));
        using Vgg16Weights convolutions = Vgg16Weights.Open(KerasWeights.Write(folder.File("convolutions.h5"), KerasWeights.AsConvolutions(layers)));

        Assert.That(convolutions.ToEmbeddingModel(Plain).ToArray(), Is.EqualTo(dense.ToEmbeddingModel(Plain).ToArray()));
        Assert.That(dense.Side, Is.EqualTo(KerasWeights.Side));
        Assert.That(dense.ParameterCount, Is.EqualTo(layers.Sum(layer => layer.Kernel.Length + layer.Bias.Length)));
    }

    [Test]
    public void A_file_without_dense_layers_gives_the_average_of_its_last_pooling_alone()
    {
        using var folder = new TemporaryFolder();
        List<KerasWeights.Layer> layers = KerasWeights.Draw(4);
        using Vgg16Weights whole = Vgg16Weights.Open(KerasWeights.Write(folder.File("whole.h5"), layers));
        using Vgg16Weights top = Vgg16Weights.Open(KerasWeights.Write(folder.File("notop.h5"), layers[..13]));

        Assert.That((whole.HasDenseLayers, top.HasDenseLayers, top.Side), Is.EqualTo((true, false, 224)));
        Assert.That(top.ToEmbeddingModel(Plain with { Descriptor = Vgg16Descriptor.AveragePool }).Dimension, Is.EqualTo(7));
        Assert.That(
            () => top.Export(folder.File("fc7.onnx"), Plain),
            Throws.InvalidOperationException.With.Message.Contains("notop.h5").And.Message.Contains("AveragePool"));
        Assert.That(File.Exists(folder.File("fc7.onnx")), Is.False);
    }

    [Test]
    public void A_file_of_another_network_is_refused_with_the_layer_that_differs()
    {
        List<KerasWeights.Layer> layers = KerasWeights.Draw(5);

        AssertRefused([.. layers, layers[^1] with { Name = "more" }], "17 layers with weights, but VGG-16 has 16", "block_0, block_1");
        AssertRefused([layers[0] with { Shape = [3, 9, 1, 3] }, .. layers[1..]], "'block_0' has a kernel of (3, 9, 1, 3)", "conv1_1 has (3, 3, 3, n)");
        AssertRefused([.. layers[..3], layers[3] with { Shape = [4, 3, 3, 4] }, .. layers[4..]], "'block_3'", "conv2_2 has (3, 3, 4, 4)");
        AssertRefused([.. layers[..4], layers[3], .. layers[5..]], "'block_5' has a kernel of (3, 3, 5, 5)", "conv3_2 has (3, 3, 4, 4)");
        AssertRefused([.. layers[..13], layers[13] with { Shape = [14, 12] }, .. layers[14..]], "'fc1' has a kernel of (14, 12)", "(s·s·7, n)");
        AssertRefused([.. layers[..15], layers[15] with { Bias = [1] }], "a bias of (1)", "fc8");
        AssertRefused([layers[0] with { Bias = [1, 2, float.NaN] }, .. layers[1..]], "not finite", "block_0");

        static void AssertRefused(List<KerasWeights.Layer> layers, string found, string expected)
        {
            using var folder = new TemporaryFolder();

            // Two layers of one name would be one group.
            string path = KerasWeights.Write(folder.File("weights.h5"), [.. layers.Select((layer, i) => layers.IndexOf(layer) == i ? layer : layer with { Name = $"{layer.Name}_{i}" })]);
            Assert.That(
                () =>
                {
                    using Vgg16Weights weights = Vgg16Weights.Open(path);
                    weights.ToEmbeddingModel(Plain);
                },
                Throws.TypeOf<InvalidDataException>().With.Message.Contains(found).And.Message.Contains(expected).And.Message.Contains(path));
        }
    }

    [TestCase(2_000_000UL)]
    [TestCase(1UL << 33)]
    [TestCase(1UL << 62)]
    [TestCase(ulong.MaxValue)]
    [TestCase(0UL)]
    public void A_size_that_the_file_cannot_hold_is_refused_before_room_is_made_for_it(ulong size)
    {
        using var folder = new TemporaryFolder();
        byte[] file = File.ReadAllBytes(KerasWeights.Write(folder.File("weights.h5"), KerasWeights.Draw(1)));

        // The first kernel is 3 x 3 x 3 x 3; its dimensions stand once as they are and once as what they may grow to.
        ReadOnlySpan<byte> shape = MemoryMarshal.AsBytes<ulong>([3, 3, 3, 3]);
        int found = 0;
        for (int at = 0; at + shape.Length <= file.Length; at++)
        {
            if (file.AsSpan(at).StartsWith(shape))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at + (3 * sizeof(ulong))), size);
                found++;
            }
        }

        string path = folder.Write("hostile.h5", file);
        Assert.That(found, Is.Positive);
        Assert.That(
            () =>
            {
                using Vgg16Weights weights = Vgg16Weights.Open(path);
                weights.ToEmbeddingModel(Plain);
            },
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(path));
    }

    [Test]
    public void A_file_that_is_no_weight_file_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string text = folder.Write("text.h5", "This is no HDF5 file."u8);
        string empty = folder.Write("empty.h5", []);
        string other = folder.File("other.h5");
        new PureHDF.H5File { ["values"] = new[] { 1, 2 } }.Write(other);
        byte[] whole = File.ReadAllBytes(KerasWeights.Write(folder.File("weights.h5"), KerasWeights.Draw(1)));

        Assert.That(() => Vgg16Weights.Open(text), Throws.TypeOf<InvalidDataException>().With.Message.Contains(text));
        Assert.That(() => Vgg16Weights.Open(empty), Throws.TypeOf<InvalidDataException>().With.Message.Contains(empty));
        Assert.That(() => Vgg16Weights.Open(other), Throws.TypeOf<InvalidDataException>().With.Message.Contains("'values'").And.Message.Contains("layer_names"));
        Assert.That(() => Vgg16Weights.Open(folder.File("none.h5")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("none.h5"));
        foreach (int length in new[] { 100, whole.Length / 2, whole.Length - 100 })
        {
            string cut = folder.Write("cut.h5", whole.AsSpan(0, length));
            Assert.That(
                () =>
                {
                    using Vgg16Weights weights = Vgg16Weights.Open(cut);
                    weights.ToEmbeddingModel(Plain);
                },
                Throws.TypeOf<InvalidDataException>().With.Message.Contains(cut),
                $"{length} bytes");
        }
    }

    [Test]
    public void The_file_says_what_the_network_expects()
    {
        using var folder = new TemporaryFolder();
        using Vgg16Weights weights = Vgg16Weights.Open(KerasWeights.Write(folder.File("weights.h5"), KerasWeights.Draw(6)));

        EmbeddingModel model = weights.ToEmbeddingModel(Vgg16Options.VggFace);

        Assert.That(model.Input, Is.EqualTo(new ImageInput(KerasWeights.Side, KerasWeights.Side, ColorOrder.Bgr)));
        Assert.That((model.Dimension, model.Distance), Is.EqualTo((KerasWeights.Descriptor, DistanceMetric.Cosine)));
        Assert.That(model.Metadata[EmbeddingMetadata.Data], Does.Contain("VGG-Face"));
    }

    [Test]
    [Explicit("Takes 2 GB of disk, 3 GB of memory and a minute.")]
    [Category("Slow")]
    public void The_full_size_is_imported_and_scored_within_3_GB()
    {
        using var folder = new TemporaryFolder();
        string weightFile = folder.File("weights.h5");
        string file = folder.File("vggface.onnx");
        KerasWeights.WriteFullSize(weightFile, seed: 1);

        // What it took to draw the weights is no part of the measurement.
        GC.Collect();
        var watch = Stopwatch.StartNew();
        using (Vgg16Weights weights = Vgg16Weights.Open(weightFile))
        {
            Assert.That((weights.ParameterCount, weights.Side), Is.EqualTo((145_002_878, 224)));
            weights.Export(file, Vgg16Options.VggFace);
        }

        TestContext.Out.WriteLine($"imported in {watch.Elapsed.TotalSeconds:F1} s, {new FileInfo(file).Length:N0} bytes");
        watch.Restart();
        using ImageEmbedder embedder = EmbeddingModel.Load(file).CreateEmbedder();
        float[] pixels = [.. Enumerable.Range(0, 2 * 3 * 224 * 224).Select(i => (float)(i * 7919L % 256))];
        float[] embeddings = embedder.Embed(pixels);

        using var process = Process.GetCurrentProcess();
        TestContext.Out.WriteLine($"loaded and scored in {watch.Elapsed.TotalSeconds:F1} s, at most {process.PeakWorkingSet64 / 1e9:F2} GB");
        Assert.That(embeddings, Has.Length.EqualTo(2 * 4096).And.All.GreaterThanOrEqualTo(0));
        Assert.That(embeddings.Max(), Is.GreaterThan(0).And.LessThan(1e6f));
        Assert.That(process.PeakWorkingSet64, Is.LessThan(3_000_000_000));
    }

    private static void AssertClose(float[] actual, float[] expected)
    {
        double scale = expected.Max(Math.Abs);
        Assert.That(actual, Is.EqualTo(expected).Within(Rounding * scale));
    }

    private static float[] Pixels(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 3 * KerasWeights.Side * KerasWeights.Side).Select(_ => (float)random.Next(256))];
    }

    private static double[][][] Image(float[] pixels, double[] means) =>
    [
        .. Enumerable.Range(0, KerasWeights.Side).Select(row => Enumerable.Range(0, KerasWeights.Side)
            .Select(column => means.Select((mean, c) => pixels[(((c * KerasWeights.Side) + row) * KerasWeights.Side) + column] - mean).ToArray())
            .ToArray()),
    ];

    private static float[] Floats(string folder, string name) =>
        MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, name))).ToArray();
}
