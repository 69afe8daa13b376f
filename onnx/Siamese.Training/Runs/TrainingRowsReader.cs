using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Images;

namespace Siamese.Training.Runs;

/// <summary>Reads the rows of a view into memory: bytes where pixels are whole numbers, as they are in images.</summary>
internal static class TrainingRowsReader
{
    public static TrainingRows Read(IDataView view, string imageColumn, string labelColumn, TripletNetworkOptions options)
    {
        DataViewSchema.Column column = EmbeddingColumns.Find(view.Schema, imageColumn, "images", "imageColumnName");
        DataViewSchema.Column labels = EmbeddingColumns.Find(view.Schema, labelColumn, "labels", "labelColumnName");
        ImageInput? wanted = options.Input;
        ImageColumnKind kind = ImageColumnKinds.Of(column.Type);
        ImageInput? input = kind == ImageColumnKind.Pixels ? FitVector(column, wanted) : wanted;
        var pixels = new PixelStore(view.GetRowCount());
        bool resized = false;
        var classes = new List<int>();
        var positions = new List<int>();
        var numbers = new Dictionary<LabelValue, int>();
        int count = 0;
        using (DataViewRowCursor cursor = view.GetRowCursor([column, labels]))
        {
            Func<LabelValue?> label = LabelReader.CreateOptional(cursor, labels, "labelColumnName");
            ImageFileReader? files = kind == ImageColumnKind.Paths ? FileReader(cursor, column, wanted, options, pixels) : null;
            Action read = files is not null ? files.Read
                : kind == ImageColumnKind.Images ? ImageReader(cursor, column, () => input, size => input = size, () => resized = true, pixels)
                : VectorReader(cursor, column, input!, pixels);
            for (; cursor.MoveNext(); count++)
            {
                options.CancellationToken.ThrowIfCancellationRequested();

                // What has no label cannot be an anchor, nor a positive or negative of one.
                if (label() is not { } value)
                {
                    continue;
                }

                read();
                numbers.TryAdd(value, numbers.Count);
                classes.Add(numbers[value]);
                positions.Add(count);
            }

            if (files is not null)
            {
                files.Complete();
                input = files.Input;
                resized = files.HasResized;
            }
        }

        string[] names = [.. numbers.OrderBy(pair => pair.Value).Select(pair => pair.Key.ToString())];
        int[] numbered = [.. classes];
        CheckClasses(numbered, names, labelColumn, count);
        return new TrainingRows(pixels, numbered, names, Normalized(input!, wanted), Fingerprint(pixels, numbered), resized)
        {
            Positions = [.. positions],
            RowCount = count,
        };
    }

    private static ImageFileReader FileReader(
        DataViewRow row, DataViewSchema.Column column, ImageInput? wanted, TripletNetworkOptions options, PixelStore pixels) =>
        new(row, column, options.Embedding.Paths, wanted, pixels, new ParallelOptions
        {
            MaxDegreeOfParallelism = options.Embedding.Scoring.MaxDegreeOfParallelism,
            CancellationToken = options.CancellationToken,
        });

    private static string Fingerprint(PixelStore pixels, int[] labels)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        pixels.AppendTo(hash);
        hash.AppendData(MemoryMarshal.AsBytes(labels.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>Pixels are scaled to [0, 1] where nobody asked for anything else.</summary>
    private static ImageInput Normalized(ImageInput input, ImageInput? wanted) => wanted is not null ? input : input with { Scale = [1f / 255f] };

    private static ImageInput FitVector(DataViewSchema.Column column, ImageInput? wanted)
    {
        if (column.Type is not VectorDataViewType { IsKnownSize: true } type || type.ItemType != NumberDataViewType.Single)
        {
            throw new ArgumentException(
                $"Column '{column.Name}' holds {column.Type}, but a network learns from images, from the paths of image files as text, or from vectors of a "
                + "known number of Single pixels.",
                "imageColumnName");
        }

        if (wanted is null)
        {
            return PixelVectors.Infer(type, out ImageInput? input) is not { } unclear ? input! : throw new ArgumentException(
                $"Column '{column.Name}' holds {type}. {unclear} Give the type the dimensions of the picture, or set "
                + $"{nameof(TripletNetworkOptions)}.{nameof(TripletNetworkOptions.Input)}.",
                nameof(TripletNetworkOptions.Input));
        }

        return PixelVectors.Compare(type, wanted) is not { } wrong ? wanted : throw new ArgumentException(
            $"Column '{column.Name}' holds {type} of {type.Size} pixels, but Input is {wanted}, which has {wanted.Length}. {wrong}",
            nameof(TripletNetworkOptions.Input));
    }

    private static Action VectorReader(DataViewRow row, DataViewSchema.Column column, ImageInput input, PixelStore pixels)
    {
        var getter = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> vector = default;
        var values = new float[input.Length];
        return () =>
        {
            getter(ref vector);
            vector.CopyTo(values);
            if (!TensorPrimitives.IsFiniteAll<float>(values))
            {
                throw new InvalidOperationException(
                    $"Column '{column.Name}' has a pixel that is not finite in row {row.Position}. Filter such rows out before training.");
            }

            pixels.Add(values);
        };
    }

    private static Action ImageReader(
        DataViewRow row, DataViewSchema.Column column, Func<ImageInput?> input, Action<ImageInput> found, Action resized, PixelStore pixels)
    {
        var getter = row.GetGetter<MLImage>(column);
        MLImage? image = null;
        bool given = input() is not null;
        byte[] values = [];
        return () =>
        {
            getter(ref image!);
            if (image is null)
            {
                throw new InvalidOperationException($"Column '{column.Name}' has no image in row {row.Position}. Filter such rows out before training.");
            }

            if (input() is null)
            {
                found(new ImageInput(image.Width, image.Height));
            }

            ImageInput size = input()!;
            if (!given && (image.Width != size.Width || image.Height != size.Height))
            {
                throw TrainingErrors.OtherSize($"The image in column '{column.Name}'", image, row.Position, size);
            }

            if (values.Length != size.Length)
            {
                values = new byte[size.Length];
            }

            if (ImagePixels.Read(image, size, values))
            {
                resized();
            }

            pixels.Add(values);
        };
    }

    private static void CheckClasses(int[] labels, string[] names, string labelColumn, int count)
    {
        if (labels.Length == 0 && count > 0)
        {
            throw new ArgumentException(
                $"None of the {count} rows has a label in column '{labelColumn}': all are missing keys, empty texts or NaN. Name the column of labels.", "labelColumnName");
        }

        if (labels.Length == 0)
        {
            throw new ArgumentException("There are no rows to train on. Check that the folder or file of the images is not empty.", "input");
        }

        if (names.Length < 2)
        {
            throw new ArgumentException(
                $"All {labels.Length} rows have the label '{names[0]}', but a triplet needs images of two classes.", "labelColumnName");
        }

        var counts = new int[names.Length];
        Array.ForEach(labels, label => counts[label]++);
        string[] single = [.. names.Where((_, label) => counts[label] == 1)];
        if (single.Length > 0)
        {
            throw new ArgumentException(
                $"{single.Length} of {names.Length} classes have a single image ({string.Join(", ", single.Take(5).Select(name => $"'{name}'"))}"
                + $"{(single.Length > 5 ? ", …" : string.Empty)}), but an anchor and its positive are two. Add images, or filter these classes out.",
                "labelColumnName");
        }
    }
}
