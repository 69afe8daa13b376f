using PureHDF;
using PureHDF.VOL.Native;

namespace Siamese.Training.Weights;

/// <summary>Reads weight files of Keras (HDF5): those of <c>save_weights</c>, and whole models, which nest them.</summary>
internal sealed class KerasFile : IDisposable
{
    private const string LayerNames = "layer_names";
    private const string WeightNames = "weight_names";
    private const string NestedWeights = "model_weights";

    // Deflate compresses by 1,032 at most.
    private const int LargestCompression = 1032;

    private readonly NativeFile _file;
    private readonly long _length;

    private KerasFile(string path, NativeFile file)
    {
        Path = path;
        _file = file;
        _length = new FileInfo(path).Length;
        Layers = Guarded(() => ReadLayers(file));
    }

    public string Path { get; }

    /// <summary>Gets the layers that have weights, in the network's order.</summary>
    public IReadOnlyList<KerasLayer> Layers { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a weight file of Keras, or is damaged.</exception>
    public static KerasFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no weight file '{path}'.", path);
        }

        // The library reads by what the file says, and a file that says absurd things ends in any exception there is.
        NativeFile file = Guarded(path, () => H5File.OpenRead(path));
        try
        {
            return new KerasFile(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads from the file, whose library throws all kinds of exceptions where it is damaged.</summary>
    public T Guarded<T>(Func<T> read) => Guarded(Path, read);

    public void Dispose() => _file.Dispose();

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is not (InvalidDataException or OperationCanceledException))
        {
            throw new InvalidDataException($"'{path}' is not an HDF5 file, such as Keras writes, or was cut short or damaged.", exception);
        }
    }

    private List<KerasLayer> ReadLayers(NativeFile root)
    {
        IH5Group weights = !root.AttributeExists(LayerNames) && root.LinkExists(NestedWeights) ? root.Group(NestedWeights) : root;
        if (!weights.AttributeExists(LayerNames))
        {
            throw new InvalidDataException(
                $"'{Path}' is an HDF5 file, but not a weight file of Keras: it does not have '{LayerNames}', but "
                + $"{string.Join(", ", root.Children().Select(child => $"'{child.Name}'"))}. Save the weights with save_weights of Keras 2.");
        }

        List<KerasLayer> layers = [];
        foreach (string name in TextsOf(weights.Attribute(LayerNames)))
        {
            IH5Group group = weights.Group(name);
            string[] names = TextsOf(group.Attribute(WeightNames));
            if (names.Length == 0)
            {
                continue;
            }

            IH5Dataset[] values = [.. names.Select(group.Dataset)];
            if (values is not [IH5Dataset kernel, IH5Dataset bias])
            {
                throw new InvalidDataException(
                    $"'{Path}': layer '{name}' has {values.Length} weights ({string.Join(", ", names)}), but a layer of VGG-16 has a kernel and a bias.");
            }

            Array.ForEach(values, value => CheckSize(name, value));
            layers.Add(new KerasLayer(name, kernel, bias));
        }

        return layers;
    }

    // A layer without weights has an empty list, which h5py writes as one of numbers.
    private string[] TextsOf(IH5Attribute attribute)
    {
        if (attribute.Type.Class is not (H5DataTypeClass.String or H5DataTypeClass.VariableLength))
        {
            return [];
        }

        UInt128 size = Product(attribute.Space.Dimensions) * (uint)Math.Max(1, attribute.Type.Size);
        return size <= (UInt128)_length
            ? attribute.Read<string[]>()
            : throw new InvalidDataException($"'{Path}': the attribute '{attribute.Name}' states {size:N0} bytes, but the file has {_length:N0}. It is damaged.");
    }

    /// <summary>Refuses weights that the file cannot hold, before there is room made for them.</summary>
    private void CheckSize(string layer, IH5Dataset values)
    {
        UInt128 count = Product(values.Space.Dimensions);
        UInt128 most = values.Layout.Class switch
        {
            H5DataLayoutClass.Compact or H5DataLayoutClass.Contiguous => (UInt128)_length,
            H5DataLayoutClass.Chunked => (UInt128)_length * LargestCompression,
            _ => throw new InvalidDataException($"'{Path}': weights of layer '{layer}' stand in another file. Save them in one file."),
        };
        if (values.Space.Dimensions.Length == 0 || count * sizeof(float) > UInt128.Min(most, (UInt128)Array.MaxLength) || count == 0)
        {
            throw new InvalidDataException(
                $"'{Path}': layer '{layer}' states weights of ({string.Join(", ", values.Space.Dimensions)}) values, which the {_length:N0} bytes of the file cannot hold. It is damaged.");
        }
    }

    private static UInt128 Product(ulong[] dimensions) =>
        dimensions.Aggregate(UInt128.One, (product, size) => UInt128.Min(product * size, ulong.MaxValue));
}
