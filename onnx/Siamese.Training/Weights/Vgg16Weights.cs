using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Siamese.Pipelines;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Training.Weights;

/// <summary>The weights of a VGG-16 in a Keras file: VGG-Face's <c>vgg_face_weights.h5</c>, or those of ImageNet.</summary>
/// <remarks>
/// <para>
/// Layers are matched in the file's order, whatever their names, and every shape is checked. The widths may be others than the paper's
/// 64, 128, 256, 512, 512 and 4,096. Dense layers may be convolutions, as VGG-Face has them, or dense, as ImageNet has them; TensorFlow
/// flattens a plane by row, column, channel, ONNX by channel, row, column, which is taken into account.
/// </para>
/// <para>Weights are read when they are needed, a layer at a time. <see cref="Export"/> loads no libtorch; <see cref="ToNetwork"/> does.</para>
/// </remarks>
public sealed partial class Vgg16Weights : IDisposable
{
    // Simonyan and Zisserman, "Very Deep Convolutional Networks" (2014), configuration D.
    private static readonly int[] Blocks = [2, 2, 3, 3, 3];

    private const int KernelSide = 3;
    private const int ImageNetSide = 224;
    private const int LargestSide = 8192;
    private const string Pixels = "image";
    private const string Embedding = "embedding";

    private readonly KerasFile _file;
    private readonly List<Vgg16Layer> _layers;

    private Vgg16Weights(KerasFile file)
    {
        _file = file;
        _layers = Match(file);
        Side = _layers.Find(layer => layer.IsDense) is not { } first ? ImageNetSide
            : first.Side <= LargestSide >> Blocks.Length ? first.Side << Blocks.Length
            : throw new InvalidDataException(
                $"'{file.Path}': layer '{first.Source.Name}' looks at {first.Side} x {first.Side} values, so that the network takes images of more than {LargestSide} pixels a side.");
    }

    /// <summary>Gets the width and height of the images that the network takes, in pixels: 224 of the full one.</summary>
    public int Side { get; }

    /// <summary>Gets whether the file has the dense layers, which <see cref="Vgg16Descriptor.Fc7"/> and <see cref="Vgg16Descriptor.Fc8"/> need.</summary>
    public bool HasDenseLayers => _layers[^1].IsDense;

    /// <summary>Gets the number of weights and biases: 145,002,878 of VGG-Face.</summary>
    public long ParameterCount => _layers.Sum(layer => ((long)layer.Side * layer.Side * layer.Inputs * layer.Outputs) + layer.Outputs);

    /// <summary>Opens a file, and checks that it is a VGG-16.</summary>
    /// <param name="path">A weight file of Keras 2 (HDF5), or a whole model, which nests the weights; float32, channels last.</param>
    /// <returns>The weights, which the caller disposes.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no weight file of Keras, or holds another network: the message says which layer differs.</exception>
    public static Vgg16Weights Open(string path)
    {
        KerasFile file = KerasFile.Open(Guard.NotBlank(path, nameof(path)));
        try
        {
            return new Vgg16Weights(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the network as an ONNX file, whole or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="options">Such as <see cref="Vgg16Options.VggFace"/>.</param>
    /// <exception cref="InvalidOperationException">The descriptor needs dense layers, and the file has none.</exception>
    /// <exception cref="InvalidDataException">The weights cannot be read, or one is not finite.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <remarks>
    /// <see cref="EmbeddingModel.Load(string, ImageInput?, string?)"/> needs nothing else: the file says what images it expects. The mean is taken
    /// inside the graph, which takes pixels of [0, 255] in B, G, R.
    /// </remarks>
    public void Export(string path, Vgg16Options options) => Build(options).Save(path);

    /// <summary>Makes an embedding network of the weights, in memory.</summary>
    /// <param name="options">Such as <see cref="Vgg16Options.VggFace"/>.</param>
    /// <returns>The network.</returns>
    /// <exception cref="InvalidOperationException">The descriptor needs dense layers, and the file has none.</exception>
    /// <exception cref="InvalidDataException">The weights cannot be read, or one is not finite.</exception>
    public EmbeddingModel ToEmbeddingModel(Vgg16Options options) => EmbeddingModel.Load(Build(options).ToArray());

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private OnnxGraphBuilder Build(Vgg16Options options)
    {
        List<Vgg16Layer> layers = LayersFor(options);
        int dimension = layers[^1].Outputs;
        var graph = new OnnxGraphBuilder(Embedding);
        foreach ((string key, string value) in Describe(options, dimension))
        {
            graph.Metadata.Add(key, value);
        }

        string last = graph.Input(Pixels, layers[0].Inputs, Side, Side);
        if (options.Mean.Any(mean => mean != 0))
        {
            last = graph.Node("Sub", "Sub", [last, graph.Initializer("input_mean", options.Mean.AsSpan(), options.Mean.Length, 1, 1)]);
        }

        bool isFlat = false;
        foreach (Vgg16Layer layer in layers)
        {
            if (layer.IsDense && !isFlat)
            {
                last = graph.Node("flatten.Flatten", "Flatten", [last], OnnxAttribute.Int("axis", 1));
                isFlat = true;
            }

            last = Add(graph, layer, last);
            if (EndsBlock(layer.Name) is int block)
            {
                last = graph.Node(
                    $"pool{block}.MaxPool",
                    "MaxPool",
                    [last],
                    OnnxAttribute.Ints("kernel_shape", 2, 2),
                    OnnxAttribute.Ints("strides", 2, 2),
                    OnnxAttribute.Ints("pads", 0, 0, 0, 0),
                    OnnxAttribute.Ints("dilations", 1, 1));
            }
        }

        if (options.Descriptor == Vgg16Descriptor.AveragePool)
        {
            last = graph.Node("average.GlobalAveragePool", "GlobalAveragePool", [last]);
            last = graph.Node("flatten.Flatten", "Flatten", [last], OnnxAttribute.Int("axis", 1));
        }

        graph.Output(last, Embedding, dimension);
        return graph;
    }

    private string Add(OnnxGraphBuilder graph, Vgg16Layer layer, string input)
    {
        (byte[] kernel, float[] bias) = Read(layer);
        long[] shape = layer.IsDense
            ? [layer.Outputs, (long)layer.Inputs * layer.Side * layer.Side]
            : [layer.Outputs, layer.Inputs, layer.Side, layer.Side];
        string weight = graph.InitializerOwning($"{layer.Name}.weight", kernel, shape);
        string offset = graph.Initializer($"{layer.Name}.bias", bias, bias.Length);
        string output = layer.IsDense
            ? graph.Node($"{layer.Name}.Gemm", "Gemm", [input, weight, offset], OnnxAttribute.Int("transB", 1))
            : graph.Node(
                $"{layer.Name}.Conv",
                "Conv",
                [input, weight, offset],
                OnnxAttribute.Ints("kernel_shape", layer.Side, layer.Side),
                OnnxAttribute.Ints("strides", 1, 1),
                OnnxAttribute.Ints("pads", 1, 1, 1, 1),
                OnnxAttribute.Ints("dilations", 1, 1),
                OnnxAttribute.Int("group", 1));
        return HasRelu(layer) ? graph.Node($"{ReluOf(layer)}.Relu", "Relu", [output]) : output;
    }

    private (byte[] Kernel, float[] Bias) Read(Vgg16Layer layer)
    {
        (byte[] kernel, float[] bias) = _file.Guarded(
            () => (layer.Source.ReadKernel(layer.Side * layer.Side, layer.Inputs, layer.Outputs), layer.Source.ReadBias()));
        return TensorPrimitives.IsFiniteAll(MemoryMarshal.Cast<byte, float>(kernel)) && TensorPrimitives.IsFiniteAll<float>(bias)
            ? (kernel, bias)
            : throw new InvalidDataException($"'{_file.Path}': layer '{layer.Source.Name}' holds a weight that is not finite. Fetch the file anew.");
    }

    private List<Vgg16Layer> LayersFor(Vgg16Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Descriptor == Vgg16Descriptor.AveragePool)
        {
            return [.. _layers.Where(layer => !layer.IsDense)];
        }

        if (!HasDenseLayers)
        {
            throw new InvalidOperationException(
                $"'{_file.Path}' has no dense layers, which the descriptor {options.Descriptor} needs. Take the file with them, or the descriptor "
                + $"{nameof(Vgg16Descriptor.AveragePool)}.");
        }

        return options.Descriptor == Vgg16Descriptor.Fc8 ? _layers : _layers[..^1];
    }

    private Dictionary<string, string> Describe(Vgg16Options options, int dimension)
    {
        var metadata = new Dictionary<string, string>
        {
            [EmbeddingMetadata.Distance] = options.Distance.ToString(),
            [EmbeddingMetadata.Normalized] = "false",
            [EmbeddingMetadata.Dimension] = dimension.ToString(CultureInfo.InvariantCulture),
            [EmbeddingMetadata.Data] = options.Data,
            [EmbeddingMetadata.Recipe] = $"VGG-16, descriptor {options.Descriptor}",
        };
        if (options.FaceNetwork is { } faces)
        {
            metadata.Add(EmbeddingMetadata.FaceNetwork, faces.Name);
        }

        EmbeddingMetadata.WriteInput(metadata, new ImageInput(Side, Side, ColorOrder.Bgr));
        return metadata;
    }

    private static bool HasRelu(Vgg16Layer layer) => layer.Name != "fc8";

    private static string ReluOf(Vgg16Layer layer) => "relu" + layer.Name.AsSpan(layer.IsDense ? "fc".Length : "conv".Length).ToString();

    /// <summary>Says which block a layer is the last of, if any.</summary>
    private static int? EndsBlock(string name)
    {
        int block = Array.FindIndex([.. Enumerable.Range(0, Blocks.Length)], i => name == $"conv{i + 1}_{Blocks[i]}");
        return block < 0 ? null : block + 1;
    }

    private static List<Vgg16Layer> Match(KerasFile file)
    {
        string[] names =
        [
            .. Blocks.SelectMany((count, block) => Enumerable.Range(1, count).Select(i => $"conv{block + 1}_{i}")), "fc6", "fc7", "fc8",
        ];
        int convolutions = Blocks.Sum();
        if (file.Layers.Count != names.Length && file.Layers.Count != convolutions)
        {
            throw new InvalidDataException(
                $"'{file.Path}' has {file.Layers.Count} layers with weights, but VGG-16 has {names.Length} or, without its dense layers, "
                + $"{convolutions}: it holds another network. Its layers are {string.Join(", ", file.Layers.Select(layer => layer.Name))}.");
        }

        List<Vgg16Layer> layers = [];
        foreach ((KerasLayer source, string name) in file.Layers.Zip(names))
        {
            int inputs = layers.Count == 0 ? 3 : layers[^1].Outputs;
            bool isDense = layers.Count >= convolutions;

            // The layers of a block are equally wide, and the first of the next may be wider.
            int? outputs = isDense || name.EndsWith("_1", StringComparison.Ordinal) ? null : inputs;
            bool looksAtPlane = layers.Count == convolutions;
            layers.Add(MatchLayer(file, source, name, isDense, looksAtPlane, inputs, outputs));
        }

        return layers;
    }

    private static Vgg16Layer MatchLayer(
        KerasFile file, KerasLayer source, string name, bool isDense, bool looksAtPlane, int inputs, int? outputs)
    {
        long given = source.KernelShape[^1];
        int? side = (isDense, source.KernelShape) switch
        {
            (false, [KernelSide, KernelSide, long channels, _]) when channels == inputs => KernelSide,
            (true, [long height, long width, long channels, _]) when channels == inputs && height == width => (int)height,
            (true, [long rows, _]) when rows % inputs == 0 => (int)Math.Sqrt(rows / inputs),
            _ => null,
        };
        bool fits = side is int found
            && (!isDense || looksAtPlane || found == 1)
            && (source.KernelShape.Length == 4 || (long)found * found * inputs == source.KernelShape[0])
            && (outputs is null || given == outputs)
            && source.BiasShape is [long biases] && biases == given;
        if (!fits)
        {
            string sides = !isDense ? $"{KernelSide}, {KernelSide}" : looksAtPlane ? "s, s" : "1, 1";
            string width = outputs is int wanted ? $"{wanted}" : "n";
            throw new InvalidDataException(
                $"'{file.Path}' holds another network than VGG-16: layer '{source.Name}' has a kernel of ({string.Join(", ", source.KernelShape)}) and "
                + $"a bias of ({string.Join(", ", source.BiasShape)}), but {name} has ({sides}, {inputs}, {width}) and ({width})"
                + (isDense ? $", or a dense kernel of ({(looksAtPlane ? $"s·s·{inputs}" : $"{inputs}")}, {width})." : "."));
        }

        return source.IsSingle
            ? new Vgg16Layer(name, source, side!.Value, inputs, (int)given)
            : throw new InvalidDataException($"'{file.Path}': the weights of layer '{source.Name}' are not float32. Save them as such.");
    }
}
