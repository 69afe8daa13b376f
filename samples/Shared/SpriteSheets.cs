using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

/// <summary>Packs thumbnails into few PNG files, which is smaller and faster to load than one each.</summary>
internal sealed class SpriteSheets
{
    // What the canvases of small devices hold.
    private const int MostSide = 2048;

    private SpriteSheets(int cellWidth, int cellHeight, int columns, int perSheet, IReadOnlyList<byte[]> files)
    {
        CellWidth = cellWidth;
        CellHeight = cellHeight;
        Columns = columns;
        PerSheet = perSheet;
        Files = files;
    }

    public int CellWidth { get; }

    public int CellHeight { get; }

    /// <summary>Gets the cells of a row of a sheet.</summary>
    public int Columns { get; }

    /// <summary>Gets the thumbnails of a sheet; the last may have fewer.</summary>
    public int PerSheet { get; }

    public IReadOnlyList<byte[]> Files { get; }

    /// <summary>Packs the thumbnails row by row into cells of the size of the largest, each at the upper left of its cell.</summary>
    public static SpriteSheets Pack(IReadOnlyList<Thumbnail> thumbnails)
    {
        int width = thumbnails.Max(thumbnail => thumbnail.Width);
        int height = thumbnails.Max(thumbnail => thumbnail.Height);
        if (width > MostSide || height > MostSide)
        {
            throw new ArgumentException(
                $"The largest thumbnail is {width} x {height} pixels, but may be {MostSide} x {MostSide}. Make it smaller.", nameof(thumbnails));
        }

        // A single sheet is made about square.
        int columns = Math.Min(MostSide / width, Math.Max(1, (int)Math.Ceiling(Math.Sqrt((double)thumbnails.Count * height / width))));
        int perSheet = columns * (MostSide / height);
        int channels = thumbnails.Max(thumbnail => thumbnail.Channels);
        byte[][] files = [.. thumbnails.Chunk(perSheet).Select(some => Encode(some, width, height, columns, channels))];
        return new SpriteSheets(width, height, columns, perSheet, files);
    }

    private static byte[] Encode(Thumbnail[] thumbnails, int width, int height, int columns, int channels)
    {
        int rows = (thumbnails.Length + columns - 1) / columns;
        int stride = columns * width * channels;
        var sheet = new byte[rows * height * stride];
        for (int i = 0; i < thumbnails.Length; i++)
        {
            Thumbnail thumbnail = thumbnails[i];
            int row = thumbnail.Width * thumbnail.Channels;
            int corner = (i / columns * height * stride) + (i % columns * width * channels);
            for (int y = 0; y < thumbnail.Height; y++)
            {
                ReadOnlySpan<byte> from = thumbnail.Pixels.AsSpan(y * row, row);
                Copy(from, sheet.AsSpan(corner + (y * stride), thumbnail.Width * channels), thumbnail.Channels, channels);
            }
        }

        return Png.Encode(sheet, columns * width, rows * height, channels);
    }

    private static void Copy(ReadOnlySpan<byte> from, Span<byte> to, int fromChannels, int channels)
    {
        if (fromChannels == channels)
        {
            from.CopyTo(to);
            return;
        }

        for (int i = 0; i < from.Length; i++)
        {
            to.Slice(3 * i, 3).Fill(from[i]);
        }
    }
}
