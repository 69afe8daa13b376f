using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Embeddings;

/// <summary>An embedding network: one ONNX file that says itself what it expects to see and what it gives.</summary>
/// <remarks>
/// It holds the file's bytes and no native memory, and never changes; any number of threads, transformers and embedders may share it.
/// What it says of itself stands in the file's <c>metadata_props</c>, under the keys of <see cref="EmbeddingMetadata"/>.
/// <para>
/// A file of a few bytes can describe a network that takes all memory. So a network is run once when it is loaded, with pixels of a fixed pattern, on one row
/// and on as many as are scored together by default. It is refused where the values of a run take more than 512 MiB at once, beside the weights, or where a
/// loop in it does not end within seconds. The runtime setting <c>Siamese.Pipelines.OnnxMemoryLimit</c>
/// (<c>RuntimeHostConfigurationOption</c> in a project file, or <see cref="AppContext.SetData"/> before the first network is loaded) is another number of bytes below
/// 4 GiB, or 0 for no such try. A network that takes more for other pixels, or for a larger batch, is not found out that way.
/// </para>
/// </remarks>
public sealed class EmbeddingModel
{
    private readonly byte[] _file;
    private readonly Lazy<byte[]> _graph;

    private EmbeddingModel(byte[] file, ImageInput? input, string? outputName)
    {
        _file = file;
        ModelProto outline = OnnxModelFile.ReadOutline(file);
        Metadata = OnnxModelFile.MetadataOf(outline);
        Input = input ?? EmbeddingMetadata.ReadInput(Metadata) ?? throw new InvalidDataException(
            "The ONNX file does not say what images its network expects. Give an ImageInput with the size, color order, mean and "
            + "scale that the network was trained with.");
        Distance = EmbeddingMetadata.ReadDistance(Metadata) ?? DistanceMetric.Euclidean;
        VerificationThreshold = EmbeddingMetadata.ReadVerificationThreshold(Metadata, Distance);
        EmbeddingMetadata.CheckOutput(Metadata);
        using InferenceSession session = OnnxProbe.Open(file);
        InputTensor = CheckInput(session, Input);
        (OutputTensor, OutputShape, bool chosen) = EmbeddingOutput.Choose(session, outputName, Metadata);
        Dimension = OutputShape.Aggregate(1, (product, size) => checked(product * size));
        Identity = EmbeddingMetadata.ReadIdentity(Metadata)
            ?? Convert.ToHexStringLower(SHA256.HashData(chosen ? [.. file, .. Encoding.UTF8.GetBytes(OutputTensor)] : file));
        OnnxProbe.Run(session, OnnxModelCheck.HasLoops(outline), mustRun: true);
        _graph = new Lazy<byte[]>(() => AdaptTo(Input with { Mean = [0f], Scale = [1f] }));
    }

    /// <summary>Gets what the network expects to see.</summary>
    public ImageInput Input { get; }

    /// <summary>Gets the number of components of an embedding, D.</summary>
    public int Dimension { get; }

    /// <summary>Gets the distance that the network was trained for. Smaller is nearer.</summary>
    /// <value><see cref="DistanceMetric.Euclidean"/> where the file does not say.</value>
    public DistanceMetric Distance { get; }

    /// <summary>Gets the distance up to which two embeddings are taken to be of one class; null where none was calibrated.</summary>
    public float? VerificationThreshold { get; }

    /// <summary>Gets the SHA-256 of the file, in hexadecimal: embeddings of two networks must not be compared.</summary>
    /// <value>It stays the same when the file is told a threshold by <see cref="WithVerificationThreshold"/>.</value>
    public string Identity { get; }

    /// <summary>Gets all that the file says of itself.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    internal string InputTensor { get; }

    internal string OutputTensor { get; }

    /// <summary>Gets the dimensions of the output after the batch's: D among ones.</summary>
    internal int[] OutputShape { get; }

    /// <summary>Gets the network with its normalisation inside: (N, C, H, W) pixels of [0, 255] in the network's color order.</summary>
    internal byte[] Graph => _graph.Value;

    /// <summary>Reads a network from a file.</summary>
    /// <param name="path">
    /// An ONNX file with one float32 input (N, C, H, W) and a float32 output (N, D), among whose dimensions there may be ones: (N, D, 1, 1).
    /// </param>
    /// <param name="input">What the network expects to see; null where the file says it, as all files of this library do.</param>
    /// <param name="outputName">
    /// The output that is the embedding; null where there is only one that can be, or the file names it under
    /// <see cref="EmbeddingMetadata.Output"/>.
    /// </param>
    /// <returns>The network. A file whose batch dimension is fixed at more than one row is run with just so many rows.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The network has no output named <paramref name="outputName"/>.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is truncated or not an ONNX file, does not say what it expects while <paramref name="input"/> is null, or its input or
    /// output has another shape; several outputs can be the embedding while <paramref name="outputName"/> is null; a value of its metadata is not
    /// of its range; it keeps weights in another file; or it cannot be run, or not within the limit of memory that the remarks of
    /// <see cref="EmbeddingModel"/> describe.
    /// </exception>
    public static EmbeddingModel Load(string path, ImageInput? input = null, string? outputName = null)
    {
        Guard.NotBlank(path, nameof(path));
        byte[] file = File.ReadAllBytes(path);
        try
        {
            return new EmbeddingModel(file, input, outputName);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"'{path}' is no embedding network: {exception.Message}", exception.InnerException);
        }
    }

    /// <summary>Reads a network from the bytes of a file.</summary>
    /// <param name="file">The bytes of an ONNX file; they are copied.</param>
    /// <param name="input">What the network expects to see; null where the file says it.</param>
    /// <param name="outputName">The output that is the embedding; null where there is only one that can be, or the file names it.</param>
    /// <returns>The network.</returns>
    /// <exception cref="ArgumentException">The network has no output named <paramref name="outputName"/>.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Load(string, ImageInput?, string?)"/>.</exception>
    public static EmbeddingModel Load(ReadOnlySpan<byte> file, ImageInput? input = null, string? outputName = null) =>
        new(file.ToArray(), input, outputName);

    /// <summary>Writes the network to a file, whole or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        Guard.NotBlank(path, nameof(path));
        AtomicFile.Write(path, stream => stream.Write(_file));
    }

    /// <summary>Gives the bytes of the network's file.</summary>
    /// <returns>A copy.</returns>
    public byte[] ToArray() => [.. _file];

    /// <summary>Gives the same network with a calibrated threshold of verification in its file.</summary>
    /// <param name="threshold">The greatest distance of two embeddings of one class, such as a VerificationMetrics.BestThreshold.</param>
    /// <param name="data">The pairs that it was calibrated on, in words.</param>
    /// <returns>A network of the same identity: its embeddings are the same.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is negative or not finite, or greater than the 2 that a cosine distance can be.</exception>
    public EmbeddingModel WithVerificationThreshold(float threshold, string data)
    {
        Guard.InRange(threshold, 0, Distance == DistanceMetric.Cosine ? 2 : float.MaxValue, nameof(threshold));
        var metadata = new Dictionary<string, string>(Metadata, StringComparer.Ordinal)
        {
            [EmbeddingMetadata.Identity] = Identity,
            [EmbeddingMetadata.Distance] = Distance.ToString(),
            [EmbeddingMetadata.VerificationThreshold] = threshold.ToString("R", CultureInfo.InvariantCulture),
            [EmbeddingMetadata.VerificationData] = Guard.NotBlank(data, nameof(data)),
        };
        EmbeddingMetadata.WriteInput(metadata, Input);
        metadata[EmbeddingMetadata.Output] = OutputTensor;
        return new EmbeddingModel(OnnxModelFile.WithMetadata(_file, metadata), Input, outputName: null);
    }

    /// <summary>Tells whether two embeddings are of one class, such as one person: whether they are no farther apart than was calibrated.</summary>
    /// <param name="x">D components.</param>
    /// <param name="y">D components.</param>
    /// <returns>Whether their distance is at most <see cref="VerificationThreshold"/>.</returns>
    /// <exception cref="ArgumentException">An embedding has another dimension.</exception>
    /// <exception cref="InvalidOperationException">No threshold was calibrated.</exception>
    public bool IsSame(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        if (x.Length != Dimension || y.Length != Dimension)
        {
            throw new ArgumentException(
                $"The embeddings have {x.Length} and {y.Length} components, but this network's have {Dimension}.", x.Length != Dimension ? nameof(x) : nameof(y));
        }

        float threshold = VerificationThreshold ?? throw new InvalidOperationException(
            $"This network has no threshold of verification. Calibrate one on pairs, and keep it with {nameof(WithVerificationThreshold)}.");
        return Distance.Between(x, y) <= threshold;
    }

    /// <summary>Makes an embedder of single images and small batches, outside any ML.NET chain.</summary>
    /// <param name="options">Threads and batch size; null for the defaults.</param>
    /// <returns>An embedder, which the caller disposes.</returns>
    public ImageEmbedder CreateEmbedder(OnnxScoringOptions? options = null) => new(this, options ?? new OnnxScoringOptions());

    /// <summary>Says what it is.</summary>
    /// <returns>Input and dimension, as in <c>28x28 Grayscale → 10</c>.</returns>
    public override string ToString() => $"{Input} → {Dimension}";

    /// <summary>The network for images that come as R, G, B planes of [0, 255]; it says of itself that it takes them.</summary>
    internal byte[] GraphForPlanes() => AdaptTo(new ImageInput(Input.Width, Input.Height));

    /// <summary>The step that embeds a column, and adds what the last dense layer takes where a column for it is named.</summary>
    internal OnnxStep CreateStep(string outputColumn, string inputColumn, ImageColumnKind kind, EmbedImagesOptions options)
    {
        bool fromImages = kind != ImageColumnKind.Pixels;
        string? hiddenColumn = options.HiddenColumnName;
        OnnxColumn[] inputs =
        [
            new OnnxColumn(inputColumn, InputTensor, [Input.Channels, Input.Height, Input.Width])
            {
                Image = fromImages ? Input : null,
                Pixels = fromImages ? null : Input,
                Paths = kind == ImageColumnKind.Paths ? options.Paths : null,
            },
        ];
        var embedding = new OnnxColumn(outputColumn, OutputTensor, OutputShape);
        if (hiddenColumn is null)
        {
            return new OnnxStep(Graph, inputs, [embedding]) { GraphForPlanes = fromImages ? GraphForPlanes : null };
        }

        (byte[] graph, string tensor, int length) = OnnxHiddenLayer.Expose(Graph, OutputTensor);
        return new OnnxStep(graph, inputs, [embedding, new OnnxColumn(hiddenColumn, tensor, [length])])
        {
            GraphForPlanes = fromImages ? () => OnnxHiddenLayer.Expose(GraphForPlanes(), OutputTensor).Model : null,
        };
    }

    private byte[] AdaptTo(ImageInput pixels)
    {
        bool recolors = pixels.ColorOrder != Input.ColorOrder;
        if (!recolors && Input.Mean.All(mean => mean == 0) && Input.Scale.All(scale => scale == 1))
        {
            // Not even read: the weights of a large network would be in memory once more.
            return _file;
        }

        byte[] adapted = OnnxInputAdapter.Adapt(_file, Input, fromRgb: recolors);
        var metadata = new Dictionary<string, string>(Metadata, StringComparer.Ordinal);
        EmbeddingMetadata.WriteInput(metadata, pixels);
        metadata[EmbeddingMetadata.Output] = OutputTensor;
        return OnnxModelFile.WithMetadata(adapted, metadata);
    }

    private static string CheckInput(InferenceSession session, ImageInput expected)
    {
        if (session.InputMetadata.Count != 1)
        {
            throw new InvalidDataException(
                $"It has {session.InputMetadata.Count} inputs ({string.Join(", ", session.InputMetadata.Keys)}), but an embedding network has one.");
        }

        (string name, NodeMetadata input) = session.InputMetadata.Single();
        if (input.ElementType != typeof(float))
        {
            throw new InvalidDataException(
                $"Its input '{name}' is {EmbeddingOutput.Describe(input)}, but pixels come as Single (float32). Convert the file so that its inputs and "
                + "outputs are float32; the weights inside may stay in half precision.");
        }

        int[] shape = [expected.Channels, expected.Height, expected.Width];
        return input.Dimensions.Length == 4 && input.Dimensions.Skip(1).Zip(shape).All(size => size.First < 0 || size.First == size.Second)
            ? name
            : throw new InvalidDataException(
                $"Its input '{name}' is {EmbeddingOutput.Describe(input)}, but images of {expected} are Single (N, {string.Join(", ", shape)}). "
                + "Give the ImageInput that the network was trained with.");
    }
}
