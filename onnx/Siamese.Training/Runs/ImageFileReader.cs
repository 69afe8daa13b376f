using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Training.Runs;

/// <summary>Reads the image files that rows name: several at once, and adds their pixels in the order of the rows.</summary>
internal sealed class ImageFileReader
{
    // Few enough that decoded rows take little memory, many enough that one large file does not keep the others waiting.
    private const int MostBytes = 64 << 20;
    private const int MostRows = 64;

    private readonly string _column;
    private readonly ImagePaths _paths;
    private readonly PixelStore _pixels;
    private readonly ParallelOptions _parallel;
    private readonly ValueGetter<ReadOnlyMemory<char>> _getter;
    private readonly DataViewRow _row;
    private readonly bool _resizes;
    private readonly List<(string Path, long Row)> _waiting = [];
    private ReadOnlyMemory<char> _text;

    /// <summary>Prepares to read a column of paths.</summary>
    /// <param name="row">The cursor, in which the column is active.</param>
    /// <param name="column">The column.</param>
    /// <param name="paths">How files are found and read.</param>
    /// <param name="wanted">The input to resize to; null where all images must have the size of the first.</param>
    /// <param name="pixels">Takes the pixels.</param>
    /// <param name="parallel">How many files are read at once, and what cancels.</param>
    public ImageFileReader(DataViewRow row, DataViewSchema.Column column, ImagePaths paths, ImageInput? wanted, PixelStore pixels, ParallelOptions parallel)
    {
        _row = row;
        _column = column.Name;
        _paths = paths;
        _pixels = pixels;
        _parallel = parallel;
        _getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        Input = wanted;
        _resizes = wanted is not null;
    }

    /// <summary>Gets the input that each image is read for; null before the first row where no input was wanted.</summary>
    public ImageInput? Input { get; private set; }

    /// <summary>Gets whether an image had another size.</summary>
    public bool HasResized { get; private set; }

    /// <summary>Notes the file of the current row, and reads those that were noted when they are enough.</summary>
    public void Read()
    {
        _getter(ref _text);
        _waiting.Add((_text.ToString(), _row.Position));
        if (_waiting.Count >= Math.Clamp(MostBytes / (Input?.Length ?? MostBytes), 1, MostRows))
        {
            Complete();
        }
    }

    /// <summary>Reads the files that were noted.</summary>
    public void Complete()
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        if (Input is null)
        {
            using MLImage first = _paths.Read(_waiting[0].Path, _column, _waiting[0].Row);
            Input = new ImageInput(first.Width, first.Height);
        }

        var rows = new byte[_waiting.Count][];
        var failures = new Exception?[rows.Length];
        bool resized = false;
        Parallel.For(0, rows.Length, _parallel, i =>
        {
            try
            {
                (rows[i], bool other) = Decode(_waiting[i].Path, _waiting[i].Row, Input);
                if (other)
                {
                    Volatile.Write(ref resized, true);
                }
            }
            catch (Exception exception)
            {
                failures[i] = exception;
            }
        });

        // Of several files that cannot be read, the first is named in every run.
        if (failures.FirstOrDefault(failure => failure is not null) is { } failed)
        {
            ExceptionDispatchInfo.Throw(failed);
        }

        HasResized |= resized;
        Array.ForEach(rows, row => _pixels.Add(row));
        _waiting.Clear();
    }

    private (byte[] Pixels, bool IsResized) Decode(string path, long row, ImageInput input)
    {
        using MLImage image = _paths.Read(path, _column, row);
        if (!_resizes && (image.Width != input.Width || image.Height != input.Height))
        {
            throw TrainingErrors.OtherSize($"'{path}' in column '{_column}'", image, row, input);
        }

        var pixels = new byte[input.Length];
        bool resized = ImagePixels.Read(image, input, pixels);
        return (pixels, resized);
    }
}
